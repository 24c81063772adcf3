//! Numbers in disguise: invisible characters, other digits, encodings and markup inside them.

use caseveil::case::Case;
use caseveil::pipeline::Deidentifier;

/// A number in one disguise after the other, by name.
fn disguises(digits: &str) -> Vec<(&'static str, String)> {
    let each = |f: &dyn Fn(char) -> String| digits.chars().map(f).collect::<String>();
    let digit = |c: char| c.to_digit(10).expect("the number is of digits");
    let shifted = |base: u32| {
        each(&|c| char::from_u32(base + digit(c)).expect("a digit of that script").to_string())
    };
    let split =
        |sign: &str| format!("{}{sign}{}{sign}{}", &digits[..4], &digits[4..7], &digits[7..]);
    let joined = |sign: &str| digits.chars().map(String::from).collect::<Vec<_>>().join(sign);
    let words = ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"];
    let mots = ["zéro", "un", "deux", "trois", "quatre", "cinq", "six", "sept", "huit", "neuf"];
    let read = |names: &[&str]| {
        digits.chars().map(|c| names[digit(c) as usize]).collect::<Vec<_>>().join(" ")
    };
    vec![
        ("zero-width spaces", joined("\u{200b}")),
        ("soft hyphens", split("\u{ad}")),
        ("no-break spaces", split("\u{a0}")),
        ("thin spaces", split("\u{2009}")),
        ("en dashes", split("–")),
        ("combining marks", joined("\u{300}")),
        ("bidi controls", format!("\u{202a}{digits}\u{202c}")),
        ("full-width digits", shifted(0xff10)),
        ("Arabic-Indic digits", shifted(0x660)),
        ("mathematical digits", shifted(0x1d7ce)),
        ("letters that look like digits", digits.replace('0', "O").replace('1', "l")),
        ("named entities", split("&nbsp;")),
        ("decimal entities", each(&|c| format!("&#{};", c as u32))),
        ("hexadecimal entities", each(&|c| format!("&#x{:x};", c as u32))),
        ("bare tags", format!("{}<b>{}</b>{}", &digits[..4], &digits[4..7], &digits[7..])),
        (
            "tags with looks",
            format!("{}<span class=\"x\">-{}-</span>{}", &digits[..4], &digits[4..7], &digits[7..]),
        ),
        ("percent encoding of spaces", split("%20")),
        ("percent encoding", each(&|c| format!("%{:02x}", c as u32))),
        ("quoted-printable line break", format!("{}=\n{}", &digits[..4], &digits[4..])),
        ("tabs", split("\t")),
        ("bullets", split(" • ")),
        ("table cells", split(" | ")),
        ("hyphenation", format!("{}-\n{}", &digits[..5], &digits[5..])),
        ("spoken in English", read(&words)),
        ("spoken in French", read(&mots)),
    ]
}

#[test]
fn a_number_in_any_disguise_behind_its_cue_is_masked() {
    let engine = Deidentifier::embedded("echo-case").unwrap();
    let mut scratch = engine.scratch();
    let mut leaks = Vec::new();
    for digits in ["5584119207", "9876543217", "1000000040"] {
        for (name, number) in disguises(digits) {
            for (before, after) in [
                ("OHIP: ", ", pain 6/10"),
                ("Health card no. ", "\nMorphine 10 mg BID"),
                ("no de carte Santé : ", " ; EVA 5"),
                ("(carte santé ", ")"),
            ] {
                let text = format!("{before}{number}{after}");
                let case = Case::from_text("", text.clone());
                let found = engine.detect(&case, &mut scratch).entities;
                let masked = |at: usize| found.iter().any(|e| e.span.range().contains(&at));
                let leak = text
                    .char_indices()
                    .filter(|(i, _)| (before.len()..before.len() + number.len()).contains(i))
                    .any(|(i, c)| c.is_alphanumeric() && !masked(i));
                if leak {
                    leaks.push(format!("{name}: {text:?}"));
                }
            }
        }
    }
    assert!(leaks.is_empty(), "{} leak:\n{}", leaks.len(), leaks.join("\n"));
}
