//! `caseveil detect`: the interface for evaluators. JSONL of texts in, JSONL of spans out.

use super::engine::{Evaluated, EvaluatedArgs};
use crate::detect::Scratch;
use anyhow::{Context as _, anyhow};
use rayon::prelude::*;
use serde::{Deserialize, Serialize};
use std::io::{BufRead, BufWriter, Read, Write};
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::{Mutex, PoisonError};

/// Arguments of `caseveil detect`.
#[derive(clap::Args)]
pub(super) struct Args {
    /// A JSONL file of `{"id", "text"}`; `-` or nothing for standard input.
    file: Option<PathBuf>,
    /// Threads; all cores when not given.
    #[arg(long)]
    jobs: Option<usize>,
    #[command(flatten)]
    engine: EvaluatedArgs,
}

#[derive(Deserialize)]
struct Input {
    id: serde_json::Value,
    text: String,
}

#[derive(Serialize)]
struct Output<'o> {
    id: &'o serde_json::Value,
    spans: Vec<Span<'o>>,
}

#[derive(Serialize)]
struct Span<'o> {
    start: usize,
    end: usize,
    r#type: &'static str,
    score: f32,
    rule: &'o str,
}

/// Documents that are read, detected and written together: bounds memory, keeps order.
const CHUNK: usize = 512;

pub(super) fn run(args: &Args) -> anyhow::Result<ExitCode> {
    let evaluated = args.engine.build()?.unexplained();
    let pool = rayon::ThreadPoolBuilder::new().num_threads(args.jobs.unwrap_or(0)).build()?;
    let input: Box<dyn Read> = match &args.file {
        Some(path) if path.as_os_str() != "-" => Box::new(
            std::fs::File::open(path)
                .map_err(|e| anyhow!("cannot read the input file: {}", e.kind()))?,
        ),
        _ => Box::new(std::io::stdin().lock()),
    };
    let mut lines = std::io::BufReader::with_capacity(1 << 20, input).lines();
    let mut out = BufWriter::with_capacity(1 << 20, std::io::stdout().lock());
    // One scratch for each thread, kept for the whole input: its automata learn as they run.
    let scratch: Vec<Mutex<Scratch>> =
        (0..pool.current_num_threads()).map(|_| Mutex::new(evaluated.engine.scratch())).collect();
    let mut number = 0;
    loop {
        let mut chunk = Vec::with_capacity(CHUNK);
        for line in lines.by_ref().take(CHUNK) {
            number += 1;
            let line = line.map_err(|e| anyhow!("line {number}: {}", e.kind()))?;
            if !line.trim().is_empty() {
                let at = number;
                chunk.push((at, line));
            }
        }
        if chunk.is_empty() {
            break;
        }
        let done: Vec<anyhow::Result<Vec<u8>>> = pool.install(|| {
            let work = |(at, line): &(usize, String)| {
                let own = &scratch[rayon::current_thread_index().unwrap_or(0) % scratch.len()];
                let mut own = own.lock().unwrap_or_else(PoisonError::into_inner);
                one(*at, line, &evaluated, &mut own)
            };
            chunk.par_iter().map(work).collect()
        });
        for line in done {
            out.write_all(&line?).context("standard output")?;
        }
    }
    out.flush().context("standard output")?;
    Ok(ExitCode::SUCCESS)
}

fn one(
    number: usize,
    line: &str,
    evaluated: &Evaluated,
    scratch: &mut Scratch,
) -> anyhow::Result<Vec<u8>> {
    // The parser's own message would quote the line.
    let input: Input = serde_json::from_str(line).map_err(|e| {
        anyhow!("line {number}, column {}: not an object with `id` and `text`", e.column())
    })?;
    let entities = evaluated.entities(input.text, scratch);
    let spans = entities
        .iter()
        .map(|(at, e)| Span {
            start: at.start,
            end: at.end,
            r#type: e.entity.name(),
            score: (e.score.value() * 1000.0).round() / 1000.0,
            rule: e.evidence.rule.as_str(),
        })
        .collect();
    let mut bytes = serde_json::to_vec(&Output { id: &input.id, spans })?;
    bytes.push(b'\n');
    Ok(bytes)
}
