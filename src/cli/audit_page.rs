//! `caseveil audit --html`: the report as one page.

use crate::audit::ReportLang;
use anyhow::anyhow;
use serde_json::Value;
use std::fs;
use std::path::PathBuf;

/// Arguments of the page.
#[derive(clap::Args)]
pub(super) struct PageArgs {
    /// Write the report as one self-contained page.
    #[arg(long, value_name = "FILE")]
    html: Option<PathBuf>,
    /// The language of the page: en or fr.
    #[arg(long, value_name = "LANG", requires = "html", value_parser = lang, default_value = "en")]
    page_lang: ReportLang,
    /// An earlier audit (--json or --out) for the page's trend; once for each, oldest first.
    #[arg(long, value_name = "OLD.json", requires = "html")]
    earlier: Vec<PathBuf>,
}

fn lang(argument: &str) -> Result<ReportLang, String> {
    match argument {
        "en" => Ok(ReportLang::En),
        "fr" => Ok(ReportLang::Fr),
        _ => Err("en or fr".to_owned()),
    }
}

/// Name, recall and over-redaction of an earlier audit.
type Earlier = (String, Option<f64>, Option<f64>);

impl PageArgs {
    /// Reads the earlier audits; they are named by their place.
    pub(super) fn earlier(&self) -> anyhow::Result<Vec<Earlier>> {
        let one = |(i, path): (usize, &PathBuf)| {
            let number = i + 1;
            let wrong = |what: &str| anyhow!("earlier audit {number}: {what}");
            let text = fs::read_to_string(path).map_err(|e| wrong(&e.kind().to_string()))?;
            let audit: Value = serde_json::from_str(&text).map_err(|_| wrong("not JSON"))?;
            // A signed result keeps its figures one level down.
            let figures = audit.pointer("/result/figures").unwrap_or(&audit);
            let recall = figures["span"]["full_recall"].as_f64();
            let over = figures["over_redaction"]["rate"].as_f64();
            recall.ok_or_else(|| wrong("no figures as `caseveil audit --json` writes them"))?;
            Ok((format!("{number}"), recall, over))
        };
        self.earlier.iter().enumerate().map(one).collect()
    }

    /// Writes the page, where one is asked for.
    pub(super) fn write(&self, page: impl FnOnce(ReportLang) -> String) -> anyhow::Result<()> {
        let Some(path) = &self.html else { return Ok(()) };
        fs::write(path, page(self.page_lang))
            .map_err(|e| anyhow!("cannot write the page: {}", e.kind()))
    }
}
