//! The crosswalks in `rules/taxonomy.toml`, and what `caseveil rules list --coverage` says of them:
//! every HIPAA letter and PHIPA class is found by something, or the reason why not is printed.

use assert_cmd::Command;
use caseveil::entity::EntityType;
use caseveil::rules::{HipaaLetter, RuleFiles, RuleSet, embedded};
use serde::Deserialize;
use std::path::Path;

const ROOT: &str = env!("CARGO_MANIFEST_DIR");

fn run(arguments: &[&str]) -> String {
    let mut command = Command::cargo_bin("caseveil").unwrap();
    let done = command.current_dir(ROOT).args(arguments).output().unwrap();
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    String::from_utf8(done.stdout).unwrap()
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Coverage {
    hipaa: Vec<Group>,
    phipa: Vec<Group>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Group {
    key: String,
    name: String,
    entities: Vec<String>,
    rules: Vec<Row>,
    also: Vec<String>,
    unserved: Vec<String>,
}

#[derive(Debug, Deserialize, PartialEq)]
#[serde(deny_unknown_fields)]
struct Row {
    id: String,
    entity: String,
    hipaa: Option<String>,
    phipa: Option<String>,
    keep: bool,
    lang: Vec<String>,
    positives: usize,
    negatives: usize,
    file: String,
}

fn coverage() -> Coverage {
    serde_json::from_str(&run(&["rules", "list", "--coverage", "--json"])).unwrap()
}

#[test]
fn every_entity_type_has_its_crosswalks() {
    let rules = RuleSet::embedded().unwrap();
    let names: Vec<&str> = rules.taxonomy.crosswalks().map(|c| c.entity.name()).collect();
    let types: Vec<&str> = EntityType::ALL.iter().map(|e| e.name()).collect();
    assert_eq!(names, types);
    for crosswalk in rules.taxonomy.crosswalks() {
        let name = crosswalk.entity;
        assert!(!crosswalk.summary.is_empty(), "{name} has no summary");
        assert!(!crosswalk.judge.is_empty(), "{name} has no class of scores");
        let ruled = rules.rules.iter().any(|r| !r.keep && r.entity == name);
        let found = ruled || !crosswalk.also.is_empty();
        assert_ne!(found, crosswalk.unserved.is_some(), "{name}: found, or a reason why not");
    }
}

#[test]
fn models_and_lexicons_that_the_taxonomy_names_are_there() {
    let rules = RuleSet::embedded().unwrap();
    for crosswalk in rules.taxonomy.crosswalks() {
        for also in &crosswalk.also {
            let file = match also.split_once(' ') {
                Some(("model", name)) => format!("rules/models/{name}.bin"),
                Some(("lexicon", name)) => format!("rules/lexicons/{name}/terms.tsv"),
                _ => panic!("{}: `{also}` is neither model nor lexicon", crosswalk.entity),
            };
            assert!(Path::new(ROOT).join(&file).exists(), "{}: no {file}", crosswalk.entity);
        }
    }
}

#[test]
fn nothing_is_empty_but_biometrics_and_photographs_which_say_why() {
    let Coverage { hipaa, phipa } = coverage();
    let keys = |groups: &[Group]| groups.iter().map(|g| g.key.clone()).collect::<Vec<_>>();
    let letters = HipaaLetter::all().map(|l| l.to_string());
    assert_eq!(keys(&hipaa), letters.chain(["-".to_owned()]).collect::<Vec<_>>());
    assert_eq!(keys(&phipa), ["direct", "stated", "quasi"]);
    let empty = |g: &&Group| g.rules.is_empty() && g.also.is_empty();
    let unfound: Vec<&Group> = hipaa.iter().chain(&phipa).filter(empty).collect();
    let names: Vec<&str> = unfound.iter().map(|g| g.name.as_str()).collect();
    assert_eq!(
        names,
        [
            "Biometric identifiers, finger and voice prints",
            "Full-face photographs and comparable images"
        ]
    );
    assert!(unfound.iter().all(|g| !g.unserved.is_empty()), "{names:?} must say why");
}

#[test]
fn every_masking_rule_stands_under_its_letter_and_its_class() {
    let rules = RuleSet::embedded().unwrap();
    let mut masking: Vec<&str> =
        rules.rules.iter().filter(|r| !r.keep).map(|r| r.id.as_str()).collect();
    masking.sort_unstable();
    let Coverage { hipaa, phipa } = coverage();
    for groups in [&hipaa, &phipa] {
        let mut listed: Vec<&str> =
            groups.iter().flat_map(|g| &g.rules).map(|r| r.id.as_str()).collect();
        listed.sort_unstable();
        assert_eq!(listed, masking);
        for group in groups {
            for row in &group.rules {
                assert!(group.entities.contains(&row.entity), "{} under {}", row.id, group.key);
                assert!(!row.lang.is_empty() && row.positives >= 2 && row.negatives >= 2);
            }
        }
    }
    let health = hipaa[8].rules.iter().find(|r| r.id == "ca.on.health_card").unwrap();
    assert_eq!(
        (health.hipaa.as_deref(), health.phipa.as_deref(), health.keep),
        (Some("I"), Some("stated"), false)
    );
}

#[test]
fn the_table_for_people_has_totals_rules_and_reasons() {
    let table = run(&["rules", "list", "--coverage"]);
    for line in [
        "HIPAA, 45 CFR 164.514(b)(2)(i)\n",
        "PHIPA, section 4\n",
        "HIPAA B: Geography smaller than a state or province\n",
        "  also found by: lexicon facilities, lexicon places, model tagger\n",
        "  not found: A photograph is not text",
    ] {
        assert!(table.contains(line), "{line:?} is missing");
    }
}

#[test]
fn rules_list_shows_letter_and_class() {
    let rows: Vec<Row> = serde_json::from_str(&run(&["rules", "list", "--json"])).unwrap();
    assert_eq!(rows.len(), RuleSet::embedded().unwrap().rules.len());
    let row = |id: &str| rows.iter().find(|r| r.id == id).unwrap();
    let keep = row("ca.keep.din");
    assert_eq!((keep.hipaa.as_deref(), keep.phipa.as_deref(), keep.keep), (None, None, true));
    assert_eq!(row("any.plate").hipaa.as_deref(), Some("L"));
    let list = run(&["rules", "list"]);
    let line = list.lines().find(|l| l.starts_with("ca.on.health_card ")).unwrap();
    assert_eq!(
        line.split_whitespace().take(5).collect::<Vec<_>>(),
        ["ca.on.health_card", "HEALTH_NUMBER", "I", "stated", "en,fr"]
    );
}

#[test]
fn a_folder_without_a_taxonomy_takes_that_of_the_binary() {
    let folder = tempfile::TempDir::new().unwrap();
    let rules = RuleSet::compile(&RuleFiles::read(folder.path()).unwrap()).unwrap();
    assert_eq!(rules.taxonomy.of(EntityType::Fax).hipaa, HipaaLetter::new("E"));
    assert!(embedded().text("taxonomy.toml").is_some());
}
