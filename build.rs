//! Embeds `rules/`: texts as they are, lexicons as tables, the digest of every file.

use sha2::{Digest, Sha256};
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::{env, fs};

#[path = "src/rules/lexicon_build.rs"]
#[allow(dead_code, unreachable_pub)] // Reason: the crate uses more of it than the build does.
mod lexicon_build;
#[path = "src/rules/lexicon_format.rs"]
#[allow(dead_code, unreachable_pub)] // Reason: look-ups are not needed here.
mod lexicon_format;
#[path = "src/token.rs"]
#[allow(dead_code, unreachable_pub)] // Reason: shapes are not needed here.
mod token;

include!("src/rules/kinds.rs");

fn main() {
    let root = PathBuf::from(env::var("CARGO_MANIFEST_DIR").expect("cargo sets it"));
    let rules = root.join("rules");
    let out = PathBuf::from(env::var("OUT_DIR").expect("cargo sets it"));
    // `sqlx::migrate!` embeds the migrations but does not notice a new one.
    for source in [
        "rules",
        "src/token.rs",
        "src/rules/lexicon_format.rs",
        "src/rules/lexicon_build.rs",
        "src/rules/kinds.rs",
        "src/store/migrations",
    ] {
        println!("cargo:rerun-if-changed={source}");
    }
    let mut names = Vec::new();
    list(&rules, &rules, &mut names);
    names.sort();
    let mut code = String::from("static FILES: &[(&str, [u8; 32], Option<&str>)] = &[\n");
    let mut lexicon = Vec::new();
    let mut model = None;
    for name in names {
        let path = rules.join(&name);
        let bytes = fs::read(&path).expect("a rule file can be read");
        let digest: [u8; 32] = Sha256::digest(&bytes).into();
        let is_lexicon = name.starts_with("lexicons/");
        let text = if is_lexicon || name.starts_with("models/") {
            "None".to_owned()
        } else {
            format!("Some(include_str!({:?}))", path.display().to_string())
        };
        writeln!(code, "    ({name:?}, {digest:?}, {text}),").expect("a string takes it");
        if is_lexicon {
            lexicon.push((name, String::from_utf8(bytes).expect("a lexicon is UTF-8")));
        } else if name.starts_with("models/") {
            model = Some(path);
        }
    }
    code.push_str("];\n");
    // The tables are kept under the digest of their sources: editing a rule remakes none.
    let mut hash = Sha256::new();
    for (name, text) in &lexicon {
        hash.update(name.as_bytes());
        hash.update([0]);
        hash.update(text.as_bytes());
    }
    for source in ["src/token.rs", "src/rules/lexicon_format.rs", "src/rules/lexicon_build.rs"] {
        hash.update(fs::read(root.join(source)).expect("a source can be read"));
    }
    let key: Vec<String> = hash.finalize().iter().take(12).map(|b| format!("{b:02x}")).collect();
    let cache = out.join(format!("lexicon-{}", key.concat()));
    if !cache.join("phrases").exists() {
        let pairs = lexicon.iter().map(|(n, t)| (n.as_str(), t.as_str()));
        let tables = match lexicon_build::compile(pairs) {
            Ok(tables) => tables,
            Err(e) => panic!("rules/{e}"),
        };
        fs::create_dir_all(&cache).expect("the build folder can be written");
        for (name, bytes) in
            [("open", tables.open), ("common", tables.common), ("phrases", tables.phrases)]
        {
            fs::write(cache.join(name), bytes).expect("the build folder can be written");
        }
    }
    for (constant, name) in [("OPEN", "open"), ("COMMON", "common"), ("PHRASES", "phrases")] {
        let path = cache.join(name).display().to_string();
        writeln!(code, "static {constant}: &[u8] = include_bytes!({path:?});")
            .expect("a string takes it");
    }
    match model {
        Some(path) => {
            let path = path.display().to_string();
            writeln!(code, "static MODEL: &[u8] = include_bytes!({path:?});")
                .expect("a string takes it");
        }
        None => code.push_str("static MODEL: &[u8] = &[];\n"),
    }
    fs::write(out.join("embedded.rs"), code).expect("the build folder can be written");
}

fn list(root: &Path, dir: &Path, out: &mut Vec<String>) {
    for entry in fs::read_dir(dir).expect("rules/ can be listed") {
        let path = entry.expect("rules/ can be listed").path();
        if path.is_dir() {
            list(root, &path, out);
        } else {
            let name =
                path.strip_prefix(root).expect("it is below").to_string_lossy().replace('\\', "/");
            if is_rule_file(&name) {
                out.push(name);
            }
        }
    }
}
