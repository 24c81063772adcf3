//! No rule is super-linear: unbounded repetition is refused, and twice the text takes twice the
//! time. Times are printed, never asserted: machines differ, and a busy one lies.
//!
//! `cargo test --profile ci linear -- --ignored --nocapture` times every rule on 1 MB of the worst
//! of its inputs against 2 MB.

use super::fixture::Fixture;
use caseveil::case::Case;
use caseveil::decode::Document;
use caseveil::detect::{self, Scratch, Tuning};
use caseveil::rules::{Rule, RuleSet};
use cpu_time::ThreadTime;
use std::fmt::Write as _;
use std::hint::black_box;
use std::time::Duration;

/// A rule file of one rule with this pattern.
fn rule_file(id: &str, pattern: &str) -> String {
    let mut file = format!(
        "entity = \"ID\"\n[[rule]]\nid = \"{id}\"\nsummary = \"s\"\nsource = \"made for a trial\"\n\
         lang = [\"en\", \"fr\"]\npattern = '''{pattern}'''\nscore = {{ alone = 0.6 }}\n"
    );
    for text in ["AB 123456", "vu, AB 654321"] {
        let finds = &text[text.len() - 9..];
        write!(file, "[[rule.positive]]\ntext = \"{text}\"\nfinds = [\"{finds}\"]\n").unwrap();
    }
    for text in ["CD 12", "douleur 7/10"] {
        write!(file, "[[rule.negative]]\ntext = \"{text}\"\nwhy = \"another form\"\n").unwrap();
    }
    file
}

fn check(pattern: &str) -> (i32, String) {
    let fixture = Fixture::new();
    let path = fixture.path("rules/identifiers/own.toml");
    std::fs::write(path, rule_file("any.own_rule", pattern)).unwrap();
    let run = fixture.run(&["rules", "check", "any.own_rule"], "");
    (run.status, run.out + &run.err)
}

#[test]
fn rules_check_refuses_unbounded_repetition() {
    for pattern in [r"AB \d+", r"AB \d*6\d", r"(?:AB ){1,}\d{6}", r".*AB \d{6}"] {
        let (status, said) = check(pattern);
        assert_eq!(status, 1, "{pattern}: {said}");
        assert!(said.contains("identifiers/own.toml:3: rule `any.own_rule`"), "{said}");
        assert!(said.contains("unbounded repetition: write {1,20} instead of + or *"), "{said}");
    }
    let (status, said) = check(r"(?:AB \d{200}){9}");
    assert_eq!(status, 1);
    assert!(said.contains("the window has 512"), "{said}");
}

#[test]
fn rules_check_tells_which_rules_cannot_be_anchored() {
    let (status, said) = check(r"AB \d{6}");
    assert_eq!(status, 0, "{said}");
    assert!(!said.contains("NOTICE"), "{said}");
    let (status, said) = check(r"[a-z0-9]{2} \d{6}");
    assert_eq!(status, 0, "{said}");
    assert!(said.contains("NOTICE 1 rules cannot be anchored"), "{said}");
    assert!(said.contains("tried at every word: any.own_rule\n"), "{said}");
    let (status, said) = check(r" ?AB \d{6}");
    assert_eq!(status, 0, "{said}");
    assert!(said.contains("any.own_rule: what starts with white space is never tried"), "{said}");
    let (status, said) = check(r" AB \d{6}");
    assert_eq!(status, 1, "what never matches fails its positives: {said}");
    assert!(said.contains("starts with white space only, so that it is never tried"), "{said}");
}

/// What makes the rule work hardest: its own finds, whole and broken off, close together and in one
/// token; its cues; its anchor.
fn inputs(rule: &Rule) -> Vec<String> {
    let mut units: Vec<String> = Vec::new();
    for positive in &rule.positive {
        units.push(positive.text.clone() + " ");
        for find in &positive.finds {
            let chars: Vec<char> = find.chars().collect();
            let broken: String = chars[..chars.len() - 1].iter().collect();
            let half: String = chars[..chars.len().div_ceil(2)].iter().collect();
            units.extend([broken.clone() + " ", broken, half.clone() + " ", half]);
        }
    }
    if let Some((anchor, _)) = &rule.anchor {
        let anchor = char::from(*anchor);
        units.extend([format!("a{anchor}"), format!("aaaaaaaaaa{anchor} "), anchor.to_string()]);
    }
    if let Some(context) = &rule.context {
        let words = context.words.iter().take(8).cloned().collect::<Vec<_>>().join(" ");
        let find = rule.positive.first().and_then(|p| p.finds.first()).cloned();
        units.push(format!("{words} {} ", find.unwrap_or_default()));
    }
    units.retain(|u| !u.is_empty());
    units.sort();
    units.dedup();
    units
}

fn repeated(unit: &str, bytes: usize) -> Case {
    Case::from_text("", unit.repeat(bytes / unit.len() + 1))
}

/// The least of `times` runs of the rule alone.
fn time(rules: &RuleSet, case: &Case, times: usize) -> Duration {
    let tuning = Tuning { names: false, ..Tuning::default() };
    let document = Document::new(case);
    let mut scratch = Scratch::new(rules);
    let mut run = || {
        let start = ThreadTime::now();
        black_box(detect::detect(&document, rules, None, tuning, &mut scratch));
        start.elapsed()
    };
    (0..times).map(|_| run()).min().unwrap()
}

/// Times every rule; prints its time on `bytes` of its worst input, the ratio of twice as much to
/// that, and the ratio of the next doubling. Where the list of candidates outgrows what the allocator
/// keeps at hand (between 1 and 2 MB for the densest inputs) one ratio is above 2 for the cost of
/// fresh memory; a rule that is super-linear has both.
fn measure(bytes: usize, times: usize) -> usize {
    let all = RuleSet::embedded().unwrap();
    let mut rows = Vec::new();
    for rule in &all.rules {
        let alone = all.only(rule).unwrap();
        let units = inputs(rule);
        let slowest = units.iter().max_by_key(|unit| time(&alone, &repeated(unit, bytes / 4), 1));
        let at = |n: usize| time(&alone, &repeated(slowest.unwrap(), n * bytes), times);
        let [one, two, four] = [at(1), at(2), at(4)].map(|t| t.as_secs_f64().max(1e-9));
        rows.push((two / one, four / two, one, rule.id.as_str()));
    }
    rows.sort_by(|a, b| b.0.total_cmp(&a.0));
    println!(
        "{:>6} {:>6}  {:>9}  rule, on {bytes} bytes of its worst input",
        "2 : 1", "4 : 2", "ms"
    );
    for (first, second, one, id) in &rows {
        println!("{first:>6.2} {second:>6.2}  {:>9.2}  {id}", one * 1e3);
    }
    let over = rows.iter().filter(|r| r.0 > 2.5 && r.1 > 2.5).count();
    println!(
        "linear: {} rules, {bytes} bytes against twice as many: median ratio {:.2}, highest {:.2}; {over} over \
         2.5 in both doublings",
        rows.len(),
        rows[rows.len() / 2].0,
        rows[0].0
    );
    rows.len()
}

#[test]
fn every_rule_is_timed_on_its_worst_input() {
    assert!(measure(1 << 12, 1) > 400);
}

#[test]
#[ignore = "every rule on 1, 2 and 4 MB: minutes"]
fn every_rule_on_a_megabyte_against_two() {
    measure(1 << 20, 2);
}
