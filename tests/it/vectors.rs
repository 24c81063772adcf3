//! Strings of every identifier with a known form, behind a cue in either language, wherever they
//! stand: masked, also with a wrong check digit. Codes of terminologies stay.
//!
//! Origin of the strings in `tests/data/vectors.jsonl`: the issuers' forms as collected in the
//! project's notes. None is from a rule file, and none is a real person's.

use caseveil::case::Case;
use caseveil::detect::{Scratch, Tuning};
use caseveil::pipeline::Deidentifier;
use serde::Deserialize;
use std::fmt::Write as _;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Vector {
    name: String,
    /// A code of a terminology: it stays.
    keep: bool,
    /// The number has a check digit or an inner date, which `invalid` strings fail.
    check: bool,
    valid: Vec<String>,
    invalid: Vec<String>,
}

/// What announces each, in English and in French.
const CUES: [(&str, &[&str], &[&str]); 36] = [
    ("ON_HEALTH", &["OHIP", "health card no."], &["carte Santé", "numéro de carte Santé"]),
    ("QC_NAM", &["RAMQ", "Medicare card"], &["NAM", "n° d'assurance maladie"]),
    ("BC_PHN", &["PHN", "Personal Health Number"], &["NSP", "numéro de santé personnel"]),
    (
        "NINE_DIGIT_HN",
        &["ULI", "HSN", "PHIN", "NB Medicare", "YHCIP"],
        &["NIMP", "numéro de services de santé", "assurance-maladie N.-B.", "RASY"],
    ),
    ("NS_HCN", &["NS health card", "HCN", "MSI"], &["carte Santé N.-É."]),
    ("PE_PHN", &["PEI health card", "PHN"], &["numéro de santé de l'Î.-P.-É."]),
    ("NL_MCP", &["MCP", "Medical Care Plan"], &["régime d'assurance-maladie T.-N.-L."]),
    ("NT_HSN", &["NWT health care card", "HSN"], &["carte d'assurance-maladie TNO"]),
    ("NU_HN", &["Nunavut health card"], &["carte d'assurance-maladie du Nunavut"]),
    ("SIN", &["SIN", "social insurance number"], &["NAS", "numéro d'assurance sociale"]),
    ("CA_PASSPORT", &["passport", "passport no."], &["passeport", "n° de passeport"]),
    ("UCI", &["UCI", "client ID"], &["IUC", "ID client"]),
    ("ON_DRIVER", &["DL", "driver's licence"], &["permis de conduire", "n° de permis"]),
    ("QC_DRIVER", &["driver's licence"], &["permis de conduire", "permis SAAQ"]),
    ("ON_PLATE", &["plate", "licence plate"], &["plaque", "immatriculation"]),
    ("VIN", &["VIN"], &["NIV"]),
    ("STATUS_NO", &["status no.", "status card"], &["n° de statut", "n° de bande"]),
    ("CAF_SN", &["service no.", "CF no."], &["matricule", "n° militaire"]),
    ("VAC_K", &["K#", "VAC no."], &["n° ACC", "n° de dossier ACC"]),
    ("CPSO", &["CPSO", "CPSO#"], &["OMCO", "n° d'inscription OMCO"]),
    ("OHIP_BILLING", &["OHIP billing", "billing #"], &["n° de facturation"]),
    ("NPI", &["NPI", "NPI no."], &["NPI", "no NPI"]),
    ("DEA", &["DEA", "DEA #"], &["DEA", "no DEA"]),
    ("SSN", &["SSN", "social security number"], &["SSN", "numéro de sécurité sociale"]),
    ("MBI", &["MBI", "Medicare beneficiary ID"], &["MBI", "no MBI"]),
    ("CREDIT_CARD", &["Visa", "credit card"], &["carte de crédit", "Visa"]),
    ("CA_BANK", &["account", "void cheque"], &["compte", "spécimen de chèque"]),
    ("ABA", &["routing number", "ABA"], &["numéro d'acheminement", "ABA"]),
    ("PHONE_NANP", &["tel", "phone", "cell"], &["tél.", "téléphone", "domicile"]),
    ("POSTAL", &["postal code", "address"], &["code postal", "adresse"]),
    ("FSA", &["FSA", "postal code"], &["RTA", "code postal"]),
    ("GPS", &["GPS", "coordinates"], &["GPS", "coordonnées"]),
    ("EMAIL", &["email", "e-mail"], &["courriel", "adresse de courriel"]),
    ("IPV4", &["IP", "IP address"], &["IP", "adresse IP"]),
    ("MAC", &["MAC", "MAC address"], &["MAC", "adresse MAC"]),
    ("UDI_SERIAL", &["UDI", "device"], &["UDI", "appareil"]),
];

/// Where it stands: `{c}` the cue, `{n}` the string.
const PLACES: [&str; 8] = [
    "{c} {n}",
    "{c}: {n}, pain 7/10",
    "{c} : {n}",
    "Seen in clinic ({c} {n}) for back pain.",
    "Suivi en clinique pour lombalgie. {c} : {n}. Douleur 7/10.",
    "| {c} | {n} | pain 7/10 |\n",
    "{\"{c}\": \"{n}\"}",
    "{c}\n{n}\nPain 8/10\n",
];

/// Where a code stands that stays.
const KEEP_PLACES: [&str; 6] = [
    "{n}",
    "{n}, pain 7/10",
    "Seen in clinic ({n}) for back pain.",
    "Suivi en clinique pour lombalgie, {n}.",
    "| Code | {n} | pain 7/10 |\n",
    "- {n}\n- Douleur 7/10\n",
];

/// What names the code system where the string does not.
fn code_system(name: &str) -> &'static [&'static str] {
    match name {
        "LOINC" => &["LOINC ", "code LOINC : "],
        "ICD10CA" => &["", "ICD-10-CA ", "CIM-10-CA : "],
        _ => &[""],
    }
}

/// The part of the string that identifies: behind a UDI's `(21)`, which names the part.
fn identifies<'v>(name: &str, value: &'v str) -> &'v str {
    if name == "UDI_SERIAL" { value.trim_start_matches("(21)") } else { value }
}

fn vectors() -> Vec<Vector> {
    let lines = include_str!("../data/vectors.jsonl").lines();
    lines.map(|l| serde_json::from_str(l).unwrap()).collect()
}

/// The letters and digits of `part` of `text` that are masked, and how many there are.
fn masked(engine: &Deidentifier, scratch: &mut Scratch, text: &str, part: &str) -> (usize, usize) {
    let start = text.rfind(part).unwrap();
    let case = Case::from_text("", text);
    let found = engine.detect(&case, scratch).entities;
    let bytes = (start..start + part.len()).filter(|&b| text.as_bytes()[b].is_ascii_alphanumeric());
    let covered = |b: &usize| found.iter().any(|e| e.span.range().contains(b));
    (bytes.clone().filter(covered).count(), bytes.count())
}

/// The production engine, and its patterns alone.
fn engines() -> [(&'static str, Deidentifier); 2] {
    let full = Deidentifier::embedded("echo-case").unwrap();
    let patterns = full.clone().tuned(Tuning { names: false, ..full.tuning() });
    [("with the tagger", full), ("patterns alone", patterns)]
}

#[test]
fn every_vector_has_its_cues() {
    let names: Vec<String> = vectors().into_iter().filter(|v| !v.keep).map(|v| v.name).collect();
    assert_eq!(names, CUES.map(|(name, ..)| name.to_owned()));
}

#[test]
fn valid_and_mistyped_vectors_behind_a_cue_are_masked() {
    let mut report = String::new();
    let mut strings = 0;
    for (how, engine) in engines() {
        let mut scratch = engine.scratch();
        for vector in vectors().iter().filter(|v| !v.keep) {
            let (_, en, fr) = CUES.iter().find(|(name, ..)| *name == vector.name).unwrap();
            let mistyped = vector.invalid.iter().filter(|_| vector.check);
            for value in vector.valid.iter().chain(mistyped) {
                for cue in en.iter().chain(*fr) {
                    for place in PLACES {
                        strings += 1;
                        let text = place.replace("{c}", cue).replace("{n}", value);
                        let (covered, all) =
                            masked(&engine, &mut scratch, &text, identifies(&vector.name, value));
                        if covered < all {
                            writeln!(
                                report,
                                "LEAK {} {how}: {covered} of {all} in {text:?}",
                                vector.name
                            )
                            .unwrap();
                        }
                    }
                }
            }
        }
    }
    println!("vectors: {strings} strings, {} leak", report.lines().count());
    assert!(report.is_empty(), "{report}");
}

#[test]
fn codes_of_terminologies_stay() {
    let mut report = String::new();
    for (how, engine) in engines() {
        let mut scratch = engine.scratch();
        for vector in vectors().iter().filter(|v| v.keep) {
            for value in &vector.valid {
                for system in code_system(&vector.name) {
                    for place in KEEP_PLACES {
                        let text = place.replace("{n}", &format!("{system}{value}"));
                        let (covered, _) = masked(&engine, &mut scratch, &text, value);
                        if covered > 0 {
                            writeln!(report, "MASKED {} {how}: {text:?}", vector.name).unwrap();
                        }
                    }
                }
            }
        }
    }
    assert!(report.is_empty(), "{report}");
}
