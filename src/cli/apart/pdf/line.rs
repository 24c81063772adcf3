//! Letters to lines: a PDF places each letter by itself, and spaces are where none stands.

use super::matrix::Matrix;
use crate::format::pdf::Line;

/// Lines of a page, in the order in which they are drawn.
#[derive(Default)]
pub(super) struct Lines {
    done: Vec<Line>,
    open: Option<Line>,
    angle: f64,
}

impl Lines {
    /// A letter at a place, and how far the next one is from it.
    pub(super) fn letter(&mut self, text: &str, at: Matrix, advance: f64) {
        let angle = at.angle();
        let (along, across) = at.stretch();
        let (left, base) = at.along(angle);
        if !(left.is_finite() && base.is_finite() && across.is_finite()) {
            return;
        }
        let right = left + advance * along;
        let turned = (angle - self.angle).abs() > 0.05;
        let goes_on = self.open.as_ref().is_some_and(|line| {
            let size = line.size.max(across);
            !turned && (base - line.base).abs() < 0.5 * size && left > line.right - 0.7 * size
        });
        if !goes_on {
            self.end();
            self.angle = angle;
            self.open = Some(Line { text: String::new(), left, right: left, base, size: across });
        }
        let Some(line) = &mut self.open else { return };
        let gap = left - line.right;
        let blank = line.text.is_empty() || line.text.ends_with(char::is_whitespace);
        if !blank && !text.starts_with(char::is_whitespace) {
            // Columns of a table lie further apart than words.
            if gap > 2.0 * line.size {
                line.text.push('\t');
            } else if gap > 0.15 * line.size {
                line.text.push(' ');
            }
        }
        line.text.push_str(text);
        line.right = line.right.max(right);
        line.size = line.size.max(across);
    }

    pub(super) fn end(&mut self) {
        if let Some(mut line) = self.open.take() {
            line.text.truncate(line.text.trim_end().len());
            if !line.text.trim().is_empty() {
                self.done.push(line);
            }
        }
    }

    pub(super) fn finish(mut self) -> Vec<Line> {
        self.end();
        self.done
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letters_become_words_lines_and_columns() {
        let mut lines = Lines::default();
        let mut write = |text: &str, x: f64, y: f64, turned: bool| {
            for (i, c) in text.chars().enumerate() {
                let way = i as f64 * 5.0;
                let at = if turned {
                    Matrix([0.0, 10.0, -10.0, 0.0, x, y + way])
                } else {
                    Matrix([10.0, 0.0, 0.0, 10.0, x + way, y])
                };
                lines.letter(&c.to_string(), at, 0.5);
            }
        };
        write("Odalys", 50.0, 700.0, false);
        write("Quill", 83.0, 700.0, false);
        write("7/10", 200.0, 701.0, false);
        write("next", 50.0, 688.0, false);
        write("margin", 20.0, 300.0, true);
        let found: Vec<String> = lines.finish().into_iter().map(|l| l.text).collect();
        assert_eq!(found, ["Odalys Quill\t7/10", "next", "margin"]);
    }
}
