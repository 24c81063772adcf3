//! Numbers of forms that nobody has listed: every insurer, laboratory and court has its own.

use super::random::Random;

/// True for slots whose numbers may have any form.
pub(super) fn is_free(slot: &str) -> bool {
    matches!(
        slot,
        "mrn"
            | "claim"
            | "policyno"
            | "rx"
            | "accession"
            | "licence"
            | "billing"
            | "serial"
            | "statusno"
            | "fileno"
            | "account"
    )
}

/// A code of one to four groups of digits, or of letters and digits, with one kind of sign between.
pub(super) fn any(r: &mut Random) -> String {
    let sign = *r.pick(&["-", "-", "-", " ", "/", ".", "", "_"]);
    let groups = r.between(1, 3);
    let mut parts: Vec<String> = Vec::new();
    if r.percent(55) {
        let letters = r.between(1, 4);
        parts.push(r.fill(&"@".repeat(letters)));
    }
    for _ in 0..groups {
        let digits = r.between(2, if groups == 1 { 9 } else { 6 });
        parts.push(r.fill(&"#".repeat(digits)));
    }
    if parts.len() == 1 || parts.concat().len() < 5 {
        parts.push(r.fill("####"));
    }
    if r.percent(12) {
        let end = *r.pick(&["@", "@@", "@#"]);
        parts.push(r.fill(end));
    }
    let code = parts.join(sign);
    if r.percent(15) { code.to_lowercase() } else { code }
}
