//! Charts as inline SVG: 360 units wide, so that their letters can be read on a telephone.

use super::words::{ReportLang, escape};
use std::fmt::Write as _;

/// Width of every chart.
const WIDTH: f64 = 360.0;
/// Where bars begin: names stand before.
const LEFT: f64 = 128.0;
/// Where they end.
const RIGHT: f64 = 350.0;
/// Height of a row.
const ROW: f64 = 18.0;

/// A row: name, value, interval.
pub(super) struct Bar {
    pub(super) name: String,
    pub(super) value: f64,
    pub(super) bounds: Option<[f64; 2]>,
}

fn open(height: f64, title: &str) -> String {
    let title = escape(title);
    format!(
        "<svg viewBox=\"0 0 {WIDTH} {height}\" role=\"img\" aria-label=\"{title}\"><title>{title}</title>\n"
    )
}

/// A name that fits before the bars.
fn fitting(name: &str) -> String {
    let short: String = name.chars().take(18).collect();
    escape(&if short.len() < name.len() { format!("{short}…") } else { short })
}

/// Where the axis of shares begins: at the lowest ten below everything shown.
fn floor(bars: &[Bar]) -> f64 {
    let low = |b: &Bar| b.bounds.map_or(b.value, |[low, _]| low.min(b.value));
    (bars.iter().map(low).fold(1.0, f64::min) * 10.0).floor().clamp(0.0, 9.0) / 10.0
}

/// Shares with their intervals: a dot, and a line from bound to bound.
pub(super) fn intervals(title: &str, bars: &[Bar], lang: ReportLang) -> String {
    let height = ROW * bars.len() as f64 + 24.0;
    let from = floor(bars);
    let x = |share: f64| LEFT + (share - from) / (1.0 - from) * (RIGHT - LEFT);
    let mut out = open(height, title);
    // Writing to a string cannot fail.
    for tick in 0..=4 {
        let share = from + (1.0 - from) * f64::from(tick) / 4.0;
        let (at, label) = (x(share), lang.number(100.0 * share, 0));
        let _ = writeln!(
            out,
            "<line x1=\"{at:.1}\" x2=\"{at:.1}\" y1=\"0\" y2=\"{:.1}\" class=\"g\"/><text x=\"{at:.1}\" y=\"{:.1}\" text-anchor=\"middle\">{label}</text>",
            height - 20.0,
            height - 6.0
        );
    }
    for (i, b) in bars.iter().enumerate() {
        let y = ROW * i as f64 + ROW / 2.0;
        let _ = write!(
            out,
            "<text x=\"{:.1}\" y=\"{:.1}\" text-anchor=\"end\">{}</text>",
            LEFT - 6.0,
            y + 4.0,
            fitting(&b.name)
        );
        if let Some([low, high]) = b.bounds {
            let _ = write!(
                out,
                "<line x1=\"{:.1}\" x2=\"{:.1}\" y1=\"{y:.1}\" y2=\"{y:.1}\" class=\"i\"/>",
                x(low),
                x(high)
            );
        }
        let _ =
            writeln!(out, "<circle cx=\"{:.1}\" cy=\"{y:.1}\" r=\"4\" class=\"d\"/>", x(b.value));
    }
    out + "</svg>\n"
}

/// Numbers as bars.
pub(super) fn bars(title: &str, bars: &[Bar], lang: ReportLang) -> String {
    let height = ROW * bars.len() as f64 + 4.0;
    let most = bars.iter().map(|b| b.value).fold(1.0, f64::max);
    let mut out = open(height, title);
    for (i, b) in bars.iter().enumerate() {
        let y = ROW * i as f64;
        let width = b.value / most * (RIGHT - LEFT - 40.0);
        let _ = writeln!(
            out,
            "<text x=\"{:.1}\" y=\"{:.1}\" text-anchor=\"end\">{}</text><rect x=\"{LEFT}\" y=\"{:.1}\" width=\"{width:.1}\" height=\"12\" class=\"b\"/><text x=\"{:.1}\" y=\"{:.1}\">{}</text>",
            LEFT - 6.0,
            y + 13.0,
            fitting(&b.name),
            y + 3.0,
            LEFT + width + 4.0,
            y + 13.0,
            lang.number(b.value, 0)
        );
    }
    out + "</svg>\n"
}

/// Points on a square from 0 to 1 with its diagonal: what was said against what was true.
pub(super) fn square(title: &str, axes: [&str; 2], points: &[(f64, f64)]) -> String {
    let (from, size) = (40.0, 260.0);
    let x = |v: f64| from + v * size;
    let y = |v: f64| 10.0 + (1.0 - v) * size;
    let mut out = open(310.0, title);
    let _ = writeln!(
        out,
        "<rect x=\"{from}\" y=\"10\" width=\"{size}\" height=\"{size}\" class=\"f\"/><line x1=\"{:.1}\" y1=\"{:.1}\" x2=\"{:.1}\" y2=\"{:.1}\" class=\"g\"/>",
        x(0.0),
        y(0.0),
        x(1.0),
        y(1.0)
    );
    for tick in [0.0, 0.5, 1.0] {
        let _ = writeln!(
            out,
            "<text x=\"{:.1}\" y=\"284\" text-anchor=\"middle\">{:.0}</text><text x=\"34\" y=\"{:.1}\" text-anchor=\"end\">{:.0}</text>",
            x(tick),
            100.0 * tick,
            y(tick) + 4.0,
            100.0 * tick
        );
    }
    let _ = writeln!(
        out,
        "<text x=\"{:.1}\" y=\"302\" text-anchor=\"middle\">{}</text><text transform=\"translate(11 {:.1}) rotate(-90)\" text-anchor=\"middle\">{}</text>",
        x(0.5),
        escape(axes[0]),
        y(0.5),
        escape(axes[1])
    );
    for (a, b) in points {
        let _ =
            writeln!(out, "<circle cx=\"{:.1}\" cy=\"{:.1}\" r=\"4\" class=\"d\"/>", x(*a), y(*b));
    }
    out + "</svg>\n"
}
