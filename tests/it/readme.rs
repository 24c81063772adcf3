//! The examples of the README are what the engine says.

use caseveil::case::Case;
use caseveil::gate::Verdict;
use caseveil::pipeline::Deidentifier;
use std::fmt::Write as _;
use std::path::Path;

/// Invented cases; the health numbers are published specimens or made by construction.
const EXAMPLES: [(&str, &str); 2] = [
    (
        "English",
        "Date of visit: 2024-03-07\n\
        Presented by Dr. Amara Okafor, Lakeside Family Health Team, Kenora, P9N 1A1.\n\
        Patient: Margaret Wilson, DOB 1977-02-03, OHIP 9876-543-217 JK, tel. (807) 555-0142.\n\
        Forklift driver from Hearst. She fell on December 7, 2023; L4-5 fusion in March 2018.\n\
        Her mother is 95 years old. Pain 7/10, PHQ-9 18/27, morphine 30 mg BID, Tinel sign negative.",
    ),
    (
        "Français",
        "Date de la visite : 2024-03-07\n\
        Présentée par la Dre Nathalie Bouchard, clinique du Lac, Hearst (Ontario) P0L 1N0.\n\
        Patiente : Marie Tremblay, née le 3 février 1977, NAM : TREM 5412 2816, tél. 705 555-0142.\n\
        Cuisinière, habite près d'Iroquois Falls. Chute le 7 décembre 2023; fusion L4-L5 en mars 2018.\n\
        Sa mère a 95 ans. Douleur 7/10, QSP-9 18/27, morphine 30 mg BID, signe de Tinel négatif.",
    ),
];

const BEGIN: &str = "<!-- examples: written by tests/it/readme.rs -->\n";
const END: &str = "<!-- end of examples -->\n";

#[test]
fn the_examples_are_what_the_engine_says() {
    let mut section = String::from(BEGIN);
    for (lang, text) in EXAMPLES {
        writeln!(section, "\n{lang}:\n\n```\n{text}\n```").unwrap();
        for policy in ["echo-case", "hipaa-safe-harbor", "limited-dataset"] {
            let engine = Deidentifier::embedded(policy).unwrap();
            let case = Case::from_text("example", text);
            let Verdict::Released(out) = engine.release(&case, &mut engine.scratch()).0 else {
                panic!("the example is held under {policy}");
            };
            writeln!(section, "\n`{policy}`:\n\n```\n{}\n```", out.render()).unwrap();
        }
    }
    section.push('\n');
    section.push_str(END);
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("README.md");
    let readme = std::fs::read_to_string(&path).unwrap();
    let (before, rest) = readme.split_once(BEGIN).unwrap();
    let (_, after) = rest.split_once(END).unwrap();
    let now = format!("{before}{section}{after}");
    if std::env::var_os("CASEVEIL_BLESS").is_some() {
        std::fs::write(&path, &now).unwrap();
    }
    assert!(
        std::fs::read_to_string(&path).unwrap() == now,
        "README.md: run with CASEVEIL_BLESS=1 and look at the diff"
    );
}
