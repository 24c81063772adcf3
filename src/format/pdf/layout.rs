//! Lines of a page to running text: what a margin cut is joined again, so that nothing that
//! identifies somebody stands on two lines; what a writer broke stays broken.

use super::Line;

/// The text of a page.
pub(super) fn running(lines: &[Line]) -> String {
    let margin = lines.iter().map(|l| l.right).fold(f64::MIN, f64::max);
    let mut out = String::new();
    for (i, line) in lines.iter().enumerate() {
        if let Some(before) = i.checked_sub(1).map(|b| &lines[b]) {
            match between(before, line, margin) {
                Between::Cut => glue(&mut out, &line.text),
                Between::Break => out.push('\n'),
                Between::Gap => out.push_str("\n\n"),
            }
        }
        out.push_str(&line.text);
    }
    out
}

/// How a line goes on with the next.
enum Between {
    /// The margin cut it.
    Cut,
    /// It ends there.
    Break,
    /// Something else begins.
    Gap,
}

fn between(a: &Line, b: &Line, margin: f64) -> Between {
    let size = a.size.max(b.size).max(1.0);
    let down = a.base - b.base;
    if down <= -0.5 * size || down > 2.1 * size {
        return Between::Gap;
    }
    let alike = (a.size - b.size).abs() < 0.15 * size;
    // The first line of a paragraph may stand further in; a column beside it does not follow it.
    let under = b.left < a.right && b.left - a.left < 1.5 * size;
    if down < 0.5 * size || !alike || !under {
        return Between::Break;
    }
    // Had the next word found room, somebody broke the line on purpose.
    let letters = b.text.chars().count().max(1) as f64;
    let first = b.text.split_whitespace().next().map_or(0, |w| w.chars().count()) as f64;
    let needed = (b.right - b.left) * (first + 1.0) / letters;
    if a.right + needed > margin + 0.1 * size { Between::Cut } else { Between::Break }
}

/// Puts what stands between the two halves of a line that was cut: nothing inside a word, a space
/// between words.
fn glue(out: &mut String, next: &str) {
    if out.ends_with('\u{ad}') {
        out.pop();
        return;
    }
    let mut last = out.chars().rev();
    let (end, before) = (last.next(), last.next());
    let hyphen = matches!(end, Some('-' | '\u{2010}' | '\u{2011}'))
        && before.is_some_and(char::is_alphanumeric);
    // Addresses of mail and pages are cut at these signs.
    let address = matches!(end, Some('@' | '/' | '_')) || next.starts_with(['@', '/', '_']);
    if !hyphen && !address {
        out.push(' ');
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Lines of 10 points, 5 a letter, 12 apart.
    fn page(lines: &[&str]) -> String {
        let line = |(i, text): (usize, &&str)| Line {
            text: (*text).to_owned(),
            left: 50.0,
            right: 50.0 + 5.0 * text.chars().count() as f64,
            base: 700.0 - 12.0 * i as f64,
            size: 10.0,
        };
        running(&lines.iter().enumerate().map(line).collect::<Vec<_>>())
    }

    #[test]
    fn what_the_margin_cut_is_joined() {
        for (lines, expected) in [
            (
                ["Seen with her mother Odalys", "Quillfeather this morning."].as_slice(),
                "Seen with her mother Odalys Quillfeather this morning.",
            ),
            (
                &["Her clinic is at number 12-", "450 rue du Moulin."],
                "Her clinic is at number 12-450 rue du Moulin.",
            ),
            (
                &["Write to odalys.quillfeather@", "ehr.example when you can."],
                "Write to odalys.quillfeather@ehr.example when you can.",
            ),
            (
                &["Pain 7/10", "Gabapentin 300 mg three times a day"],
                "Pain 7/10\nGabapentin 300 mg three times a day",
            ),
            (
                &["Name:", "Odalys", "a line that is as long as the page is wide"],
                "Name:\nOdalys\na line that is as long as the page is wide",
            ),
        ] {
            assert_eq!(page(lines), expected);
        }
    }

    #[test]
    fn what_lies_apart_stays_apart() {
        let a = Line {
            text: "a line of some length".to_owned(),
            left: 50.0,
            right: 300.0,
            base: 700.0,
            size: 10.0,
        };
        let below = Line { base: 650.0, ..a.clone() };
        let column = Line { left: 310.0, right: 560.0, ..a.clone() };
        let head = Line { base: 686.0, size: 14.0, ..a.clone() };
        for (next, expected) in [(below, "\n\n"), (column, "\n"), (head, "\n")] {
            let text = running(&[a.clone(), next]);
            assert_eq!(text, format!("{}{expected}{}", a.text, a.text));
        }
    }
}
