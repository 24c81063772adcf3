//! Embeds `rules/`: texts as they are, lexicons as tables, the digest of every file.

#![expect(clippy::disallowed_methods, reason = "cargo tells a build script by its environment")]

use lexicon_build::Tables;
use sha2::{Digest, Sha256};
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::{env, fs};

#[path = "src/rules/lexicon_build/mod.rs"]
#[allow(dead_code, unreachable_pub)] // Reason: the crate uses more of it than the build does.
mod lexicon_build;
#[path = "src/rules/lexicon_format.rs"]
#[allow(dead_code, unreachable_pub)] // Reason: look-ups are not needed here.
mod lexicon_format;
#[path = "src/rules/flat.rs"]
#[allow(dead_code, unreachable_pub)] // Reason: tables are not read here.
mod flat;
#[path = "src/rules/flat_build.rs"]
#[allow(unreachable_pub)] // Reason: public in the crate.
mod flat_build;
#[path = "src/rules/flat_walk.rs"]
#[allow(unreachable_pub)] // Reason: public in the crate.
mod flat_walk;
#[path = "src/rules/syntax.rs"]
#[allow(unreachable_pub)] // Reason: public in the crate.
mod syntax;
#[path = "src/token.rs"]
#[allow(dead_code, unreachable_pub)] // Reason: shapes are not needed here.
mod token;
#[path = "src/rules/widen.rs"]
#[allow(unreachable_pub)] // Reason: public in the crate.
mod widen;

include!("src/rules/kinds.rs");
include!("src/rules/pack_key.rs");

fn main() {
    let root = PathBuf::from(env::var("CARGO_MANIFEST_DIR").expect("cargo sets it"));
    let rules = root.join("rules");
    let out = PathBuf::from(env::var("OUT_DIR").expect("cargo sets it"));
    // `sqlx::migrate!` embeds the migrations but does not notice a new one.
    for source in [
        "rules",
        "src/token.rs",
        "src/rules/lexicon_format.rs",
        "src/rules/lexicon_build",
        "src/rules/kinds.rs",
        "src/rules/pack_key.rs",
        "src/rules/flat.rs",
        "src/rules/flat_build.rs",
        "src/rules/flat_walk.rs",
        "src/rules/syntax.rs",
        "src/rules/widen.rs",
        "src/store/migrations",
    ] {
        println!("cargo:rerun-if-changed={source}");
    }
    let mut names = Vec::new();
    list(&rules, &rules, &mut names);
    names.sort();
    let mut code = String::from("static FILES: &[Embedded] = &[\n");
    let mut lexicon = Vec::new();
    let (mut model, mut network, mut typing, mut watcher) = (None, None, None, None);
    let mut patterns = Vec::new();
    for name in names {
        let path = rules.join(&name);
        let bytes = fs::read(&path).expect("a rule file can be read");
        let digest: [u8; 32] = Sha256::digest(&bytes).into();
        let is_lexicon = name.starts_with("lexicons/");
        let text = if is_lexicon || name.ends_with(".bin") {
            "None".to_owned()
        } else {
            format!("Some(include_str!({:?}))", path.display().to_string())
        };
        let mut json = None;
        // What is wrong is said when the rules are loaded.
        if name.ends_with(".toml")
            && let Ok(file) = toml::from_str::<toml::Table>(&String::from_utf8_lossy(&bytes))
        {
            json = Some(serde_json::to_string(&file).expect("tables of TOML are JSON"));
            patterns.extend(patterns_of(&file));
        }
        writeln!(code, "    ({name:?}, {digest:?}, {text}, {json:?}),").expect("a string takes it");
        if is_lexicon {
            lexicon.push((name, String::from_utf8(bytes).expect("a lexicon is UTF-8")));
        } else if name.starts_with("models/") {
            model = Some(path);
        } else if name.starts_with("network/") {
            network = Some(path);
        } else if name.starts_with("typing/") {
            typing = Some(path);
        } else if name.starts_with("watcher/") {
            watcher = Some(path);
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
    for source in lexicon_build::CODE {
        hash.update(source);
    }
    let key: Vec<String> = hash.finalize().iter().take(12).map(|b| format!("{b:02x}")).collect();
    let cache = out.join(format!("lexicon-{}", key.concat()));
    if Tables::NAMES.iter().any(|name| !cache.join(name).exists()) {
        let pairs = lexicon.iter().map(|(n, t)| (n.as_str(), t.as_str()));
        let tables = match lexicon_build::compile(pairs) {
            Ok(tables) => tables,
            Err(e) => panic!("rules/{e}"),
        };
        fs::create_dir_all(&cache).expect("the build folder can be written");
        for (name, bytes) in tables.parts() {
            fs::write(cache.join(name), bytes).expect("the build folder can be written");
        }
    }
    code.push_str("static TABLES: Tables = Tables {\n");
    for name in Tables::NAMES {
        let path = cache.join(name).display().to_string();
        writeln!(code, "    {name}: Cow::Borrowed(include_bytes!({path:?})),")
            .expect("a string takes it");
    }
    code.push_str("};\n");
    let weights =
        [("MODEL", model), ("NETWORK", network), ("TYPING", typing), ("WATCHER", watcher)];
    for (constant, weights) in weights {
        let bytes = weights.map_or("&[]".to_owned(), |path| {
            format!("include_bytes!({:?})", path.display().to_string())
        });
        writeln!(code, "static {constant}: &[u8] = {bytes};").expect("a string takes it");
    }
    fs::write(out.join("embedded.rs"), code).expect("the build folder can be written");
    fs::write(out.join("flat"), pack_of(&patterns, &out)).expect("the build folder can be written");
}

/// The patterns of a file, as they are run. What is no rule file has none. A pattern with letters
/// beyond ASCII is folded first, which is left to the loader.
fn patterns_of(file: &toml::Table) -> Vec<String> {
    let Some(rules) = file.get("rule").and_then(toml::Value::as_array) else { return Vec::new() };
    let text_of = |rule: &toml::Value, key: &str| rule.get(key)?.as_str().map(str::to_owned);
    let runs = |rule: &toml::Value| {
        let pattern = text_of(rule, "pattern").filter(|p| p.is_ascii())?;
        Some(syntax::as_run(&pattern, text_of(rule, "case").is_none_or(|c| c != "exact")))
    };
    rules.iter().filter_map(runs).collect()
}

/// The tables of the patterns, packed. Those of one are kept under the digest of its pattern and of
/// what makes them, so that editing a rule remakes no others.
fn pack_of(patterns: &[String], out: &Path) -> Vec<u8> {
    let mut code = Sha256::new();
    for source in ["flat.rs", "flat_build.rs", "flat_walk.rs", "syntax.rs", "widen.rs"] {
        code.update(fs::read(Path::new("src/rules").join(source)).expect("a source can be read"));
    }
    let hex = |bytes: &[u8]| bytes.iter().map(|b| format!("{b:02x}")).collect::<String>();
    let cache = out.join(format!("flat-{}", hex(&code.finalize()[..8])));
    fs::create_dir_all(&cache).expect("the build folder can be written");
    let mut entries = Vec::new();
    for pattern in patterns {
        let key = pack_key(pattern);
        let kept = cache.join(hex(&key));
        let own = fs::read(&kept).ok();
        let own = own.and_then(|bytes| Some(flat::find(&bytes, &key)?.map(<[u8]>::to_vec)));
        let entry = if let Some(entry) = own {
            entry
        } else {
            let Ok(mut entry) = flat_build::entry(pattern) else { continue };
            entry.exact = flat_build::exact(pattern).ok().flatten().unwrap_or_default();
            let bytes = flat::pack(vec![(key, entry.clone())]);
            fs::write(&kept, bytes).expect("the build folder can be written");
            entry
        };
        entries.push((key, entry));
    }
    flat::pack(entries)
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
