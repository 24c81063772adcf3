//! What each policy makes of each type, whole outputs; and what must hold of operators.

use caseveil::case::Case;
use caseveil::entity::{Entity, EntityType, Evidence, RuleId, Score};
use caseveil::gate::{Doubt, Verdict};
use caseveil::key::KeyRing;
use caseveil::operator::{Stock, unseal};
use caseveil::pipeline::Deidentifier;
use caseveil::policy::names;
use caseveil::rules::{RuleFiles, embedded};
use caseveil::span::ByteSpan;
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;
use std::sync::LazyLock;

/// A key for trials only.
fn keys(fill: &str) -> KeyRing {
    KeyRing::parse(&format!("id = \"trial\"\nsecret = \"{}\"", fill.repeat(32))).unwrap()
}

pub(crate) fn engine(policy: &str, fill: &str) -> Deidentifier {
    Deidentifier::with_keys(&embedded(), policy, Some(keys(fill))).unwrap()
}

static ENGINES: LazyLock<BTreeMap<String, Deidentifier>> = LazyLock::new(|| {
    names(&embedded()).into_iter().map(|name| (name.clone(), engine(&name, "5a"))).collect()
});

/// A case from text in which `{TYPE:…}` marks an entity: trials of operators do not depend on what
/// detection finds. Mentions of one text have one referent.
fn marked(text: &str) -> (Case, Vec<Entity>) {
    let (mut plain, mut entities) = (String::new(), Vec::new());
    let mut known: BTreeMap<(EntityType, String), u32> = BTreeMap::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('{') {
        let (mark, later) = after.split_once('}').unwrap();
        let (name, value) = mark.split_once(':').unwrap();
        let entity = EntityType::from_name(name).unwrap();
        plain.push_str(before);
        let start = plain.len() as u32;
        plain.push_str(value);
        let next = known.len() as u32 + 1;
        let referent = *known.entry((entity, value.to_lowercase())).or_insert(next);
        entities.push(Entity {
            field: 0,
            span: ByteSpan::new(start, plain.len() as u32),
            entity,
            score: Score::new(0.95),
            evidence: Evidence::of(&RuleId::new("trial.mark")),
            referent,
        });
        rest = later;
    }
    plain.push_str(rest);
    (Case::from_text("c1", plain), entities)
}

fn masked(engine: &Deidentifier, text: &str) -> String {
    let (case, mut entities) = marked(text);
    let written = engine.replacements(&case, &mut entities);
    let source = &case.fields[0].text;
    let (mut out, mut from) = (String::new(), 0);
    for (entity, written) in entities.iter().zip(written) {
        let range = entity.span.range();
        assert!(from <= range.start, "entities stay disjoint");
        out.push_str(&source[from..range.start]);
        out.push_str(written.as_deref().unwrap_or(&source[range.clone()]));
        from = range.end;
    }
    out + &source[from..]
}

/// What a policy makes of a marked text.
pub(crate) fn masked_under(policy: &str, text: &str) -> String {
    masked(&ENGINES[policy], text)
}

/// Each type in an English and a French sentence.
const SENTENCES: &[(&str, &str)] = &[
    (
        "The patient, {PERSON_PATIENT:Margaret Wilson}, has pain; {PERSON_PATIENT:Margaret} sleeps badly.",
        "La patiente, {PERSON_PATIENT:Marie Tremblay}, dort mal; {PERSON_PATIENT:Marie} a mal.",
    ),
    ("Her daughter {PERSON_FAMILY:Donna} drives.", "Sa fille {PERSON_FAMILY:Annick} conduit."),
    (
        "Seen by Dr. {PERSON_PROVIDER:OKAFOR} in clinic.",
        "Vue par le Dr {PERSON_PROVIDER:Bouchard} en clinique.",
    ),
    ("The lawyer {PERSON_OTHER:James Smith} wrote.", "L'avocat {PERSON_OTHER:Luc Gagnon} a écrit."),
    (
        "She posts as {USERNAME:mwilson47} on the forum.",
        "Elle écrit sous {USERNAME:mtremblay47} sur le forum.",
    ),
    (
        "The patient is {INITIALS:M.W.} and was seen.",
        "La patiente est {INITIALS:M.T.} et elle va bien.",
    ),
    (
        "She works as a {PROFESSION:forklift driver} and a {PROFESSION:registered nurse}.",
        "Elle est {PROFESSION:cuisinière} et {PROFESSION:infirmière}.",
    ),
    (
        "She was hurt at {ORGANIZATION:Acme Mine} in the shaft.",
        "Elle a été blessée chez {ORGANIZATION:Scierie Lebel} à la scie.",
    ),
    (
        "The scan was done at {FACILITY:Lakeview Hospital} for her.",
        "Le scan a été fait à {FACILITY:Hôpital Laurentien} pour elle.",
    ),
    (
        "She lives at {STREET:12 Main St} with her son.",
        "Elle habite au {STREET:12, rue Principale} avec son fils.",
    ),
    ("She lives in {UNIT:apt 4} of the building.", "Elle habite l'{UNIT:app. 4} de la maison."),
    (
        "She moved from {CITY:Toronto} to {CITY:Hearst} and then to {CITY:Nowhereville}.",
        "Elle vient de {CITY:Toronto} et habite près d'{CITY:Iroquois Falls} et de {CITY:Nullepart}.",
    ),
    (
        "She lives in {PROVINCE:Ontario} with her son.",
        "Elle habite en {PROVINCE:Ontario} avec son fils.",
    ),
    (
        "She came from {COUNTRY:Somalia} in her youth.",
        "Elle est venue du {COUNTRY:Maroc} dans sa jeunesse.",
    ),
    (
        "Her postal code is {POSTAL_CODE:P0L 1N0} since then.",
        "Son code postal est {POSTAL_CODE:P0L 1N0} depuis.",
    ),
    ("She lives in {FSA:P0L} since then.", "Elle habite en {FSA:P0L} depuis."),
    (
        "The crash was at {GEOCODE:48.4758, -81.3305} in the bush.",
        "L'accident est arrivé à {GEOCODE:48.4758, -81.3305} dans le bois.",
    ),
    ("She is in {ROOM:212-A} of the ward.", "Elle est dans la chambre {ROOM:212-A} depuis."),
    (
        "Her mother is {AGE_90:95} years old and was born in {AGE_90:1931}.",
        "Sa mère a {AGE_90:95} ans et est née en {AGE_90:1931}.",
    ),
    (
        "Date of visit: {DATE:2024-03-07}. She fell on {DATE:December 7, 2023}, had a fusion in {DATE:March 2018}, pain since {DATE:2016}, worse in {DATE:June}.",
        "Date de la visite : {DATE:2024-03-07}. Elle est tombée le {DATE:7 décembre 2023}, a été opérée en {DATE:mars 2018}, a mal depuis {DATE:2016}, pire en {DATE:juin}.",
    ),
    (
        "She fell on {DATE:December 7, 2023} and was operated on {DATE:December 21, 2023}.",
        "Chute le {DATE:7 décembre 2023}, opérée le {DATE:21 décembre 2023}, IRM du {DATE:7 mars 2024}.",
    ),
    (
        "Date of visit: {DATE:2024-03-07}. Her DOB is {DATE_OF_BIRTH:1977-02-03}.",
        "Date de la visite : {DATE:2024-03-07}. Elle est née le {DATE_OF_BIRTH:1931-02-03}.",
    ),
    (
        "She was worse at {HOLIDAY:Thanksgiving} and in {HOLIDAY:summer 2019}.",
        "Elle était pire à {HOLIDAY:Noël} et à l'{HOLIDAY:été 2019}.",
    ),
    (
        "Her phone is {PHONE:(705) 555-0142} for the call.",
        "Son téléphone est le {PHONE:705 555-0142} pour elle.",
    ),
    (
        "The fax is {FAX:705-555-0143} for the report.",
        "Le télécopieur est le {FAX:705-555-0143} pour le rapport.",
    ),
    (
        "Her email is {EMAIL:mwilson@example.com} for the link.",
        "Son courriel est {EMAIL:mtremblay@exemple.ca} pour le lien.",
    ),
    (
        "Her SIN is {SIN:046 454 286} on the form.",
        "Son NAS est le {SIN:046 454 286} sur le formulaire.",
    ),
    (
        "Her SSN is {SSN:123-45-6789} on the form.",
        "Son SSN est le {SSN:123-45-6789} sur le formulaire.",
    ),
    (
        "Her OHIP is {HEALTH_NUMBER:9876-543-217 JK} on the form.",
        "Sa carte santé est {HEALTH_NUMBER:TREM 5412 2816} sur le formulaire.",
    ),
    (
        "Her chart is {MRN:0110111} on the form.",
        "Son dossier est le {MRN:0110111} sur le formulaire.",
    ),
    (
        "Her claim is {CLAIM:31 844 207} with the board.",
        "Sa réclamation est la {CLAIM:31 844 207} avec la commission.",
    ),
    (
        "Her prescription is {RX_NUMBER:7654321} at the counter.",
        "Son ordonnance est la {RX_NUMBER:7654321} à la pharmacie.",
    ),
    (
        "Her card is {BANK:4111 1111 1111 1111} on the form.",
        "Sa carte est la {BANK:4111 1111 1111 1111} sur le formulaire.",
    ),
    (
        "The doctor has {PROF_LICENCE:90417} with the college.",
        "Son permis est le {PROF_LICENCE:90417} avec le collège.",
    ),
    (
        "Her passport is {GOV_ID:AB123456} on the form.",
        "Son passeport est le {GOV_ID:AB123456} sur le formulaire.",
    ),
    (
        "The plate is {VEHICLE:ABCD 123} on the truck.",
        "La plaque est {VEHICLE:ABC 123} sur le camion.",
    ),
    (
        "The pump is {DEVICE_SERIAL:NGV123456H} in her back.",
        "La pompe est la {DEVICE_SERIAL:NGV123456H} dans son dos.",
    ),
    (
        "She wrote at {URL:https://blog.example.com/mw} of her pain.",
        "Elle écrit sur {URL:https://blogue.exemple.ca/mt} de sa douleur.",
    ),
    (
        "The login came from {IP_MAC:192.0.2.7} in the log.",
        "La connexion vient de {IP_MAC:192.0.2.7} dans le journal.",
    ),
    (
        "The {BIOMETRIC:fingerprint 7} is in the file.",
        "L'{BIOMETRIC:empreinte 7} est dans le dossier.",
    ),
    (
        "She is {ETHNICITY:Cree} and lives with her son.",
        "Elle est {ETHNICITY:crie} et vit avec son fils.",
    ),
    ("The code is {ID:ZX-4471} on the form.", "Le code est {ID:ZX-4471} sur le formulaire."),
];

fn table() -> String {
    let mut out = String::new();
    for (en, fr) in SENTENCES {
        for (lang, sentence) in [("en", en), ("fr", fr)] {
            writeln!(out, "{lang}  {sentence}").unwrap();
            for (name, engine) in ENGINES.iter() {
                writeln!(out, "    {name:<18} {}", masked(engine, sentence)).unwrap();
            }
        }
        out.push('\n');
    }
    out
}

#[test]
fn each_type_under_each_policy_in_both_languages() {
    let named: Vec<&EntityType> = EntityType::ALL
        .iter()
        .filter(|e| {
            !SENTENCES.iter().any(|(en, fr)| {
                let mark = format!("{{{}:", e.name());
                en.contains(&mark) && fr.contains(&mark)
            })
        })
        .collect();
    assert_eq!(named, Vec::<&EntityType>::new(), "every type has its sentences");
    check_or_write("tests/data/policy_table.txt", &table());
}

/// Compares with the file; `CASEVEIL_BLESS=1` writes it instead: look at the diff.
pub(crate) fn check_or_write(file: &str, text: &str) {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    if std::env::var_os("CASEVEIL_BLESS").is_some() {
        std::fs::write(root.join(file), text).unwrap();
    }
    let known = std::fs::read_to_string(root.join(file)).unwrap_or_default();
    for (i, (known, now)) in known.lines().zip(text.lines()).enumerate() {
        assert_eq!(now, known, "{file}, line {}", i + 1);
    }
    assert_eq!(text.lines().count(), known.lines().count(), "{file}");
}

#[test]
fn surrogates_are_consistent_shaped_and_never_equal() {
    let texts = [
        "{PERSON_PATIENT:Margaret Wilson} and {PERSON_PATIENT:WILSON, Margaret} and {PERSON_PATIENT:wilson}",
        "{PERSON_FAMILY:Marie-Ève Tremblay} et {PERSON_OTHER:Tremblay} et {INITIALS:M.T.}",
        "{PHONE:(705) 555-0142} {PHONE:1-800-555-0119} {PHONE:555-0100}",
        "{SIN:046 454 286} {SIN:046454286} {PROF_LICENCE:90417} {POSTAL_CODE:k1a 0b6}",
        "{CITY:Hearst} {CITY:Kenora} {CITY:hearst} {FACILITY:Lakeview} {STREET:12 Main St}",
    ];
    for fill in ["5a", "c3", "01"] {
        let engine = engine("archive-shifted", fill);
        for text in texts {
            let (case, mut entities) = marked(text);
            let written = engine.replacements(&case, &mut entities);
            let source = &case.fields[0].text;
            let mut by_word: BTreeMap<String, String> = BTreeMap::new();
            for (entity, written) in entities.iter().zip(&written) {
                let (from, to) = (&source[entity.span.range()], written.as_deref().unwrap());
                assert_ne!(from.to_lowercase(), to.to_lowercase());
                if entity.entity == EntityType::Phone || entity.entity.is_person() {
                    let shape = |t: &str| -> Vec<char> {
                        t.chars().filter(|c| !c.is_alphanumeric()).collect()
                    };
                    assert_eq!(shape(from), shape(to), "{from} {to}");
                }
                let words = |t: &str| -> Vec<String> {
                    t.split(|c: char| !c.is_alphabetic()).map(str::to_lowercase).collect()
                };
                if entity.entity.is_person() {
                    for (a, b) in words(from).into_iter().zip(words(to)) {
                        assert!(a.is_empty() || a != b, "{from} {to}");
                        assert_eq!(
                            *by_word.entry(a).or_insert_with(|| b.clone()),
                            b,
                            "one word, one stand-in"
                        );
                    }
                }
                let value = |t: &str| t.split_whitespace().collect::<String>().to_lowercase();
                let key = format!("{} {}", entity.entity, value(from));
                assert_eq!(value(by_word.entry(key).or_insert_with(|| to.to_owned())), value(to));
            }
        }
    }
}

#[test]
fn shifted_dates_keep_every_interval_and_the_weekday() {
    let engine = engine("archive-shifted", "5a");
    let text = "{DATE:2016-02-29} {DATE:2024-03-07} {DATE:2023-12-31} {DATE:19/03/2024} {DATE:March 7, 2024}";
    let mut offsets = BTreeMap::new();
    for subject in ["s-1", "s-2", "s-3", "s-4"] {
        let (case, mut entities) = marked(text);
        let engine = engine.for_subject(subject);
        let written = engine.replacements(&case, &mut entities);
        let day = |t: &str| -> jiff_day::Day { jiff_day::parse(t) };
        let source = &case.fields[0].text;
        let moved: Vec<i64> = entities
            .iter()
            .zip(&written)
            .map(|(e, w)| day(w.as_deref().unwrap()) - day(&source[e.span.range()]))
            .collect();
        assert!(moved.iter().all(|d| *d == moved[0]), "{moved:?}");
        assert!(moved[0] != 0 && moved[0] % 7 == 0 && moved[0].abs() <= 52 * 7);
        offsets.insert(moved[0], subject);
        // Another case of the patient moves by the same weeks.
        let (other, mut entities) = marked("{DATE:2020-01-01}");
        let written = engine.replacements(&other, &mut entities);
        assert_eq!(day(written[0].as_deref().unwrap()) - day("2020-01-01"), moved[0]);
    }
    assert!(offsets.len() > 1, "patients move by different weeks");
    // What is no certain date does not move.
    for doubtful in ["7/10", "07/03/2024", "5/26", "March 7", "Monday"] {
        let out = masked(&engine, &format!("pain {{DATE:{doubtful}}}"));
        assert!(["pain [DATE-1]", "pain 2024"].contains(&out.as_str()), "{out}");
    }
}

/// Day numbers, reckoned here in another way than by the operators.
mod jiff_day {
    pub(super) type Day = i64;

    pub(super) fn parse(text: &str) -> Day {
        let numbers: Vec<i64> =
            text.split(|c: char| !c.is_ascii_digit()).filter_map(|n| n.parse().ok()).collect();
        let months =
            ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
        let (y, m, d) = match (numbers.as_slice(), months.iter().position(|m| text.starts_with(m)))
        {
            ([d, y], Some(m)) => (*y, m as i64 + 1, *d),
            ([y, m, d], _) if *y > 1000 => (*y, *m, *d),
            ([d, m, y], _) => (*y, *m, *d),
            _ => panic!("{text}"),
        };
        let leap = |y: i64| y % 4 == 0 && (y % 100 != 0 || y % 400 == 0);
        let lengths = [31, if leap(y) { 29 } else { 28 }, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
        let years: i64 = (1900..y).map(|y| if leap(y) { 366 } else { 365 }).sum();
        years + lengths.iter().take(m as usize - 1).sum::<i64>() + d
    }
}

#[test]
fn sealed_values_open_with_the_key_and_not_without() {
    let sealer = engine("archive-shifted", "5a");
    let long = "9".repeat(61);
    for value in ["9876-543-217 JK", "x", "é 漢\u{a0}", long.as_str()] {
        let (case, mut entities) = marked(&format!("OHIP {{HEALTH_NUMBER:{value}}}"));
        let sealed = sealer.replacements(&case, &mut entities)[0].clone().unwrap();
        let open =
            |keys: &KeyRing, policy, case, entity| unseal(keys, policy, case, entity, &sealed).ok();
        let number = EntityType::HealthNumber;
        assert_eq!(open(&keys("5a"), "archive-shifted", "c1", number).as_deref(), Some(value));
        assert_eq!(open(&keys("5b"), "archive-shifted", "c1", number), None);
        assert_eq!(open(&keys("5a"), "echo-case", "c1", number), None);
        assert_eq!(open(&keys("5a"), "archive-shifted", "c2", number), None);
        assert_eq!(open(&keys("5a"), "archive-shifted", "c1", EntityType::Mrn), None);
        // After a rotation the old key still opens what it sealed.
        let ring = format!(
            "id = \"next\"\nsecret = \"{}\"\n[[retired]]\nid = \"trial\"\nsecret = \"{}\"",
            "77".repeat(32),
            "5a".repeat(32)
        );
        let rotated = KeyRing::parse(&ring).unwrap();
        assert_eq!(open(&rotated, "archive-shifted", "c1", number).as_deref(), Some(value));
        assert_eq!(sealed.len() > 200, value.len() > 60, "length tells nothing below a block");
    }
}

#[test]
fn keyed_policies_refuse_to_start_without_a_key() {
    let refused = Deidentifier::embedded("archive-shifted").err().unwrap().to_string();
    assert!(refused.starts_with(
        "policy `archive-shifted` needs a key for keyed-hash, seal, shift, surrogate"
    ));
}

#[test]
fn safe_harbor_refuses_what_can_be_brought_back() {
    let dir = tempfile::tempdir().unwrap();
    std::fs::create_dir(dir.path().join("policies")).unwrap();
    let base = embedded().text("policies/hipaa-safe-harbor.toml").unwrap().to_owned();
    std::fs::write(dir.path().join("policies/hipaa-safe-harbor.toml"), base).unwrap();
    let load = |body: &str| {
        let text = format!(
            "id = \"x\"\nversion = 1\nsummary = \"\"\nextends = \"hipaa-safe-harbor\"\n{body}"
        );
        std::fs::write(dir.path().join("policies/x.toml"), text).unwrap();
        let files = RuleFiles::read(dir.path()).unwrap();
        caseveil::policy::Policy::load(&files, "x").map(|p| p.digest).map_err(|e| e.to_string())
    };
    for (body, refused) in [
        (
            "[operator]\nMRN = \"keyed-hash\"",
            Some("MRN: keyed-hash leaves a code derived from an identifier"),
        ),
        ("[operator]\nHEALTH_NUMBER = \"seal\"", Some("HEALTH_NUMBER: seal leaves an identifier")),
        ("[operator]\nDATE = \"shift\"", Some("DATE: shift leaves elements of dates")),
        (
            "[operator]\nMRN = [{ operator = \"seal\", when = { field-class = \"admin\" } }, { operator = \"tag\" }]",
            Some("MRN: seal"),
        ),
        ("[operator]\nMRN = \"erase\"", Some("operator MRN: unknown variant `erase`")),
        ("[operator]\nMRN = { operator = \"tag\", colour = 1 }", Some("unknown field `colour`")),
        (
            "[operator]\nMRN = { operator = \"tag\", band = 5 }",
            Some("`band` means nothing to operator `tag`"),
        ),
        ("[operator]\nNAME = \"tag\"", Some("unknown entity type `NAME`")),
        ("colour = 1", Some("unknown field `colour`")),
        ("[operator]\nMRN = \"tag\"", None),
    ] {
        let found = load(body).err();
        match refused {
            Some(text) => {
                assert!(found.as_ref().is_some_and(|e| e.contains(text)), "{body}: {found:?}");
            }
            None => assert_eq!(found, None),
        }
    }
}

#[test]
fn the_keep_rule_knows_every_word_of_a_generalisation() {
    let stock = Stock::load(&embedded()).unwrap();
    let rules = embedded().text("keep/tags.toml").unwrap().replace("\\ ", " ");
    let plain = |t: &str| -> String { caseveil::decode::Normalized::new(t).text.into_owned() };
    for (en, fr) in stock.words() {
        assert!(rules.contains(en), "{en}");
        assert!(rules.contains(&plain(fr)), "{fr}");
    }
}

#[test]
fn conditions_and_rules_choose_the_setting() {
    let dir = tempfile::tempdir().unwrap();
    std::fs::create_dir(dir.path().join("policies")).unwrap();
    let text = r#"
id = "x"
version = 1
summary = ""
default = "tag"
[operator]
CITY = [{ operator = "keep", when = { population-at-least = 100000 } }, { operator = "redact" }]
AGE_90 = [{ operator = "redact", when = { age-at-least = 100 } }, { operator = "age" }]
"ID:trial" = "keep"
DATE = { operator = "year", floor = 0.96 }
"#;
    std::fs::write(dir.path().join("policies/x.toml"), text).unwrap();
    let files = RuleFiles::read(dir.path()).unwrap();
    let engine = Deidentifier::new(&files, "x").unwrap();
    for (text, out) in [
        ("{CITY:Toronto} {CITY:Hearst} {CITY:Nowhereville}", "Toronto [REDACTED] [REDACTED]"),
        ("{AGE_90:93} {AGE_90:101}", "90+ [REDACTED]"),
        ("{ID:ZX-1} {MRN:ZX-1}", "ZX-1 [RECORD-1]"),
        ("{DATE:2024-03-07}", "2024-03-07"),
    ] {
        assert_eq!(masked(&engine, text), out);
    }
}

#[test]
fn masking_twice_changes_nothing_under_every_policy_without_a_key() {
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus");
    let Ok(gold) = caseveil::audit::read_gold(&[corpus]) else { panic!("the corpus is broken") };
    assert!(gold.len() > 50);
    for policy in ["echo-case", "hipaa-safe-harbor", "limited-dataset"] {
        let engine = &ENGINES[policy];
        let mut scratch = engine.scratch();
        let mut release =
            |text: &str| match engine.release(&Case::from_text("c", text), &mut scratch).0 {
                Verdict::Released(masked) => Ok(masked.render()),
                Verdict::Held(reasons) => Err(reasons),
            };
        let (mut held, mut held_again) = (0, 0);
        for document in &gold {
            let once = match release(&document.text) {
                Ok(once) => once,
                Err(reasons) => {
                    // What remains of a person is counted in risk.rs.
                    held += usize::from(reasons.iter().any(|r| r.doubt != Doubt::Risk));
                    continue;
                }
            };
            // What a policy keeps, such as a date, the tagger may see no more among tags: then a
            // tripwire may hold it, which is safe.
            let Ok(twice) = release(&once) else {
                held_again += 1;
                continue;
            };
            for (a, b) in once.lines().zip(twice.lines()) {
                assert_eq!(a, b, "{policy}");
            }
            assert_eq!(once.len(), twice.len(), "{policy}");
        }
        // Tripwires and watcher hold seven in a hundred, most of them for nothing
        // (`record/2026-11-26/gate.md`). What of clean forms is held is counted in tripwire.rs.
        assert!(held * 10 <= gold.len(), "{policy}: {held} held");
        // Tags are text when they come back, and what is joined to one is a rest to the gate.
        assert!(held_again * 100 <= 3 * gold.len(), "{policy}: {held_again} held again");
    }
}
