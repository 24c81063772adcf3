//! How fast against what: the engine over generated case texts, and beside it what others would
//! use for parts of its work, in one run. `cargo bench --profile ci --bench ratios`; see
//! `benches/README.md`. `DOCUMENTS=6000` takes more text.

#![expect(clippy::print_stdout, reason = "the report is what a bench is for")]

use aho_corasick::{AhoCorasick, AhoCorasickKind, MatchKind};
use caseveil::case::Case;
use caseveil::detect::Tuning;
use caseveil::pipeline::Deidentifier;
use caseveil::rules::RuleSet;
use caseveil::token::{tokenize, word_hash};
use cpu_time::ThreadTime;
use flate2::Compression;
use flate2::write::GzEncoder;
use regex_automata::meta;
use regex_automata::util::syntax;
use std::collections::HashSet;
use std::hint::black_box;
use std::io::Write as _;
use std::path::Path;
use std::process::Command;

/// Rounds of each suite; the best counts.
const ROUNDS: usize = 3;

#[expect(clippy::disallowed_methods, reason = "a bench has no settings but this one")]
fn main() {
    let test = std::env::args().any(|a| a == "--test");
    let asked = std::env::var("DOCUMENTS").ok().and_then(|d| d.parse().ok());
    let documents: usize = if test { 20 } else { asked.unwrap_or(1500) };
    let rounds = if test { 1 } else { ROUNDS };
    let folder = tempfile::tempdir().expect("a temporary folder can be made");
    let input = folder.path().join("in.jsonl");
    let made = caseveil(&["generate", "--documents", &documents.to_string(), "--seed", "7"]);
    std::fs::write(&input, &made.stdout).expect("the temporary folder can be written");
    let texts: Vec<String> = String::from_utf8(made.stdout)
        .expect("the generator writes UTF-8")
        .lines()
        .map(|l| serde_json::from_str::<serde_json::Value>(l).expect("one object a line"))
        .map(|v| v["text"].as_str().expect("a text").to_owned())
        .collect();
    let mut table = Table { bytes: texts.iter().map(String::len).sum(), rounds, rows: Vec::new() };
    println!("{documents} documents, {:.2} MB of text", table.bytes as f64 / 1e6);

    let engine = Deidentifier::embedded("echo-case").expect("the embedded rules are valid");
    let entities = in_memory(&engine, &texts, &mut table);
    denominators(&texts, &mut table);
    processes(&input, entities, rounds, &mut table);
    packed(&input, folder.path(), rounds, &mut table);
    if !test {
        adversarial(&engine, &table);
    }
    table.print();
}

/// The engine; gives how many entities it finds.
fn in_memory(engine: &Deidentifier, texts: &[String], table: &mut Table) -> usize {
    let cases: Vec<Case> = texts.iter().map(|t| Case::from_text("", t.clone())).collect();
    let engine = engine.clone().unexplained();
    let patterns = engine.clone().tuned(Tuning { names: false, ..engine.tuning() });
    let mut scratch = patterns.scratch();
    let count = |engine: &Deidentifier, scratch: &mut _| {
        cases.iter().map(|c| engine.detect(c, scratch).entities.len()).sum()
    };
    table.suite("detect, patterns only", || count(&patterns, &mut scratch));
    let mut scratch = engine.scratch();
    let entities = table.suite("detect", || count(&engine, &mut scratch));
    // Masking looks at the masked text again, so it is two detections and more.
    table.suite("detect + mask, second look", || {
        let mask = |c: &Case| engine.deidentify(c, &mut scratch).1.entities.len();
        cases.iter().map(mask).sum()
    });
    entities
}

/// What others would run over the same texts, the same words and the same patterns.
fn denominators(texts: &[String], table: &mut Table) {
    let words = words();
    println!("{} words of the lexicons", words.len());
    let known: HashSet<u64> = words.iter().map(|w| word_hash(w.as_bytes())).collect();
    let mut tokens = Vec::new();
    table.suite("floor: tokens, hash, table", || {
        let mut found = 0;
        for text in texts {
            tokens.clear();
            tokenize(text, &mut tokens);
            found += tokens.iter().filter(|t| known.contains(&t.hash)).count();
        }
        found
    });
    let lower: Vec<String> = texts.iter().map(|t| t.to_ascii_lowercase()).collect();
    let machine: daachorse::DoubleArrayAhoCorasick<u32> =
        daachorse::DoubleArrayAhoCorasickBuilder::new()
            .match_kind(daachorse::MatchKind::LeftmostLongest)
            .build(&words)
            .expect("the words are distinct");
    table.suite("daachorse, leftmost", || {
        lower.iter().map(|t| machine.leftmost_find_iter(t).count()).sum()
    });
    let machine = AhoCorasick::builder()
        .ascii_case_insensitive(true)
        .match_kind(MatchKind::LeftmostLongest)
        .kind(Some(AhoCorasickKind::ContiguousNFA))
        .build(&words)
        .expect("the words fit");
    table.suite("aho-corasick, contiguous NFA", || {
        texts.iter().map(|t| machine.find_iter(t).count()).sum()
    });
    let rules = RuleSet::embedded().expect("the embedded rules are valid");
    let patterns: Vec<&str> = rules.rules.iter().filter_map(|r| r.pattern.as_deref()).collect();
    println!("{} patterns", patterns.len());
    let bytes = syntax::Config::new().unicode(false).utf8(false);
    let config =
        meta::Config::new().utf8_empty(false).nfa_size_limit(None).hybrid_cache_capacity(64 << 20);
    // Both are slow, the first so much that it reads a few documents only, once.
    let part = &texts[..texts.len().min(100)];
    let few = &texts[..texts.len().min(4)];
    let all = meta::Builder::new().configure(config).syntax(bytes).build_many(&patterns);
    let all = all.expect("the patterns were read before");
    let rounds = std::mem::replace(&mut table.rounds, 1);
    table.part("meta-regex of all, 64 MB cache", few, |t| all.find_iter(t).count());
    table.rounds = rounds;
    let each: Vec<regex::bytes::Regex> = patterns
        .iter()
        .map(|p| regex::bytes::RegexBuilder::new(p).unicode(false).build().expect("read before"))
        .collect();
    table.part("separate regexes", part, |t| {
        each.iter().map(|r| r.find_iter(t.as_bytes()).count()).sum()
    });
}

/// Single words of three letters or more of all lexicons.
fn words() -> Vec<String> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("rules/lexicons");
    let mut words = Vec::new();
    for folder in std::fs::read_dir(root).expect("the lexicons are there").flatten() {
        let Ok(text) = std::fs::read_to_string(folder.path().join("terms.tsv")) else { continue };
        let terms = text.lines().filter(|l| !l.starts_with('#'));
        let first = terms.filter_map(|l| l.split('\t').next());
        words.extend(first.filter(|w| w.len() > 2 && !w.contains(' ')).map(str::to_owned));
    }
    words.sort_unstable();
    words.dedup();
    words
}

/// The command line, as users run it.
fn processes(input: &Path, entities: usize, rounds: usize, table: &mut Table) {
    let path = input.display().to_string();
    for jobs in ["1", "2"] {
        let args = ["detect", "--jobs", jobs, &path];
        let found = String::from_utf8_lossy(&caseveil(&args).stdout).matches("\"start\"").count();
        assert_eq!(found, entities, "detect --jobs {jobs}: other spans than in memory");
        let bin = env!("CARGO_BIN_EXE_caseveil");
        let command = format!("{bin} detect --jobs {jobs} {path}");
        table.process(&format!("detect --jobs {jobs}, JSONL to JSONL"), &command, rounds);
    }
    table.process("wc -w of the same file", &format!("LC_ALL=C wc -w {path}"), rounds);
    let start =
        format!("echo '{{\"id\":1,\"text\":\"a\"}}' | {} detect", env!("CARGO_BIN_EXE_caseveil"));
    let (cpu, wall) = timed(&start, rounds);
    println!(
        "start to first result: {:.0} ms of CPU, {:.0} ms of wall time",
        cpu * 1e3,
        wall * 1e3
    );
}

/// The same lines as an archive, plain and packed, through the whole run.
fn packed(input: &Path, folder: &Path, rounds: usize, table: &mut Table) {
    let plain = std::fs::read(input).expect("it was written");
    let mut gzip = GzEncoder::new(Vec::new(), Compression::default());
    gzip.write_all(&plain).expect("memory takes it");
    let level = ruzstd::encoding::CompressionLevel::Fastest;
    let zstd = ruzstd::encoding::compress_to_vec(plain.as_slice(), level);
    let gzip = gzip.finish().expect("memory takes it");
    for (name, bytes) in [("jsonl", plain), ("jsonl.gz", gzip), ("jsonl.zst", zstd)] {
        let path = folder.join(format!("packed.{name}"));
        std::fs::write(&path, bytes).expect("the temporary folder can be written");
        let (bin, out) = (env!("CARGO_BIN_EXE_caseveil"), folder.join("out"));
        let (path, out) = (path.display(), out.display());
        // Lines that are held make a run that is complete and not successful.
        let command = format!("rm -rf {out}; {bin} scrub {path} --out {out} --jobs 2");
        table.process(&format!("scrub --jobs 2, {name}"), &command, rounds);
    }
}

/// Texts that nobody writes, one and two times as long: linear time, and against normal text.
fn adversarial(engine: &Deidentifier, table: &Table) {
    let normal = table.cost("detect");
    let engine = engine.clone().unexplained();
    for (name, unit) in [
        ("all digits", "7"),
        ("numbers", "4165 "),
        ("all capitals", "ABRAXAS "),
        ("all names", "Maureen Blackwood "),
        ("a@a@", "a@a@"),
        ("one token", "abcdefghij"),
        ("all spaces", "    "),
        ("signs", "(+#|:/"),
        ("user names", "smith_jones_tremblay_okafor_"),
    ] {
        let time = |bytes: usize| {
            let case = Case::from_text("", unit.repeat(bytes / unit.len()));
            let mut scratch = engine.scratch();
            let run = |_| {
                let start = ThreadTime::now();
                black_box(engine.detect(&case, &mut scratch));
                start.elapsed().as_secs_f64()
            };
            (0..2).map(run).fold(f64::MAX, f64::min)
        };
        let (one, two) = (time(1 << 18), time(1 << 19));
        let speed = f64::from(1 << 18) / 1e6 / one;
        println!(
            "adversarial: {name:<14} {speed:>8.2} MB/s, {:>6.2} of normal; t(2n)/t(n) {:.2}",
            speed * normal,
            two / one
        );
    }
}

fn caseveil(args: &[&str]) -> std::process::Output {
    let run = Command::new(env!("CARGO_BIN_EXE_caseveil")).args(args).output();
    let output = run.expect("the binary was built");
    assert!(output.status.success(), "caseveil {} failed", args[0]);
    output
}

/// Least CPU and wall seconds of a command, by the shell's own clock.
fn timed(command: &str, rounds: usize) -> (f64, f64) {
    let script = format!("TIMEFORMAT='%3U %3S %3R'; time {{ {command}; }} >/dev/null 2>&1");
    let (mut cpu, mut wall) = (f64::MAX, f64::MAX);
    for _ in 0..rounds {
        let run = Command::new("bash").args(["-c", &script]).output().expect("bash is there");
        let said = String::from_utf8_lossy(&run.stderr);
        let figures: Vec<f64> = said.split_whitespace().filter_map(|f| f.parse().ok()).collect();
        let [user, system, real] = figures[..] else { panic!("the shell printed no times") };
        cpu = cpu.min(user + system);
        wall = wall.min(real);
    }
    (cpu, wall)
}

struct Table {
    bytes: usize,
    rounds: usize,
    /// Name, CPU and wall seconds for a MB of text.
    rows: Vec<(String, f64, f64)>,
}

impl Table {
    /// Runs a suite; its counts must agree between rounds.
    fn suite(&mut self, name: &str, mut run: impl FnMut() -> usize) -> usize {
        let (mut best, mut count) = (f64::MAX, None);
        for _ in 0..self.rounds {
            let start = ThreadTime::now();
            let found = black_box(run());
            best = best.min(start.elapsed().as_secs_f64());
            assert_eq!(found, *count.get_or_insert(found), "{name}: another count");
        }
        let cost = best / (self.bytes as f64 / 1e6);
        println!("{name:<32} {:>9.3} MB/s  {} found", 1.0 / cost, count.unwrap_or(0));
        self.rows.push((name.to_owned(), cost, cost));
        count.unwrap_or(0)
    }

    /// The same over some of the texts.
    fn part(&mut self, name: &str, texts: &[String], mut run: impl FnMut(&str) -> usize) {
        let all = std::mem::replace(&mut self.bytes, texts.iter().map(String::len).sum());
        self.suite(name, || texts.iter().map(|t| run(t)).sum());
        self.bytes = all;
    }

    fn process(&mut self, name: &str, command: &str, rounds: usize) {
        let (cpu, wall) = timed(command, rounds);
        let megabytes = self.bytes as f64 / 1e6;
        println!(
            "{name:<32} {:>9.3} MB/s of CPU, {:>9.3} of wall time",
            megabytes / cpu,
            megabytes / wall
        );
        self.rows.push((name.to_owned(), cpu / megabytes, wall / megabytes));
    }

    fn row(&self, name: &str) -> (f64, f64) {
        let row = self.rows.iter().find(|r| r.0 == name).expect("the suite ran");
        (row.1, row.2)
    }

    /// CPU seconds for a MB.
    fn cost(&self, name: &str) -> f64 {
        self.row(name).0
    }

    /// The ratios of the issue: speeds, so costs the other way round.
    fn print(&self) {
        let engine = self.cost("detect + mask, second look");
        let daachorse = self.cost("daachorse, leftmost");
        let aho = self.cost("aho-corasick, contiguous NFA");
        let meta = self.cost("meta-regex of all, 64 MB cache");
        let (one, one_wall) = self.row("detect --jobs 1, JSONL to JSONL");
        let (two, two_wall) = self.row("detect --jobs 2, JSONL to JSONL");
        let (wc, wc_wall) = self.row("wc -w of the same file");
        println!("\n| ratio | must | here |\n|---|---|---|");
        for (name, must, ratio) in [
            ("detect + mask / daachorse", ">= 1.3", daachorse / engine),
            ("detect + mask / aho-corasick", ">= 2.5", aho / engine),
            ("detect + mask / (daachorse + meta-regex)", ">= 2", (daachorse + meta) / engine),
            (
                "detect + mask / (separate regexes + aho-corasick)",
                ">= 15",
                (self.cost("separate regexes") + aho) / engine,
            ),
            ("detect / floor", "-", self.cost("floor: tokens, hash, table") / self.cost("detect")),
            ("JSONL to JSONL / detect in memory", ">= 0.8", self.cost("detect") / one),
            ("detect --jobs 1 / wc -w, CPU time", ">= 0.45", wc / one),
            ("detect --jobs 2 / wc -w, wall time", ">= 0.7", wc_wall / two_wall),
            ("CPU time of 2 threads / of 1", "<= 1.08", two / one),
            ("wall time of 1 thread / of 2", "-", one_wall / two_wall),
        ] {
            println!("| {name} | {must} | {ratio:.4} |");
        }
    }
}
