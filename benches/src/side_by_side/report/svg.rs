//! Just enough SVG for bars and lines.

use std::fmt::{Display, Write as _};

/// Ours stands out; the others differ from each other.
const OURS: &str = "#d9480f";
const FLOOR: &str = "#adb5bd";
const OTHERS: [&str; 10] = [
    "#1c7ed6", "#4dabf7", "#a5d8ff", "#0ca678", "#ae3ec9", "#f59f00", "#868e96", "#e64980",
    "#5c940d", "#495057",
];

/// A picture under way.
#[derive(Debug)]
pub(super) struct Svg {
    width: f64,
    height: f64,
    text: String,
}

/// Where a text begins or ends.
#[derive(Debug, Clone, Copy)]
pub(super) enum Anchor {
    Start,
    Middle,
    End,
}

impl Svg {
    pub(super) fn new(width: f64, height: f64) -> Self {
        Self { width, height, text: String::new() }
    }

    pub(super) fn rect(&mut self, (x, y): (f64, f64), (width, height): (f64, f64), fill: &str) {
        self.line_of(format_args!(
            "<rect x=\"{x:.1}\" y=\"{y:.1}\" width=\"{width:.1}\" height=\"{height:.1}\" fill=\"{fill}\"/>"
        ));
    }

    pub(super) fn line(&mut self, from: (f64, f64), to: (f64, f64), stroke: &str) {
        self.line_of(format_args!(
            "<line x1=\"{:.1}\" y1=\"{:.1}\" x2=\"{:.1}\" y2=\"{:.1}\" stroke=\"{stroke}\"/>",
            from.0, from.1, to.0, to.1
        ));
    }

    pub(super) fn path(&mut self, points: &[(f64, f64)], stroke: &str, width: f64) {
        let points: Vec<String> = points.iter().map(|(x, y)| format!("{x:.1},{y:.1}")).collect();
        self.line_of(format_args!(
            "<polyline points=\"{}\" fill=\"none\" stroke=\"{stroke}\" stroke-width=\"{width}\"/>",
            points.join(" ")
        ));
    }

    pub(super) fn dot(&mut self, (x, y): (f64, f64), fill: &str) {
        self.line_of(format_args!("<circle cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"3\" fill=\"{fill}\"/>"));
    }

    pub(super) fn text(&mut self, (x, y): (f64, f64), anchor: Anchor, text: impl Display) {
        self.styled((x, y), anchor, "", text);
    }

    pub(super) fn bold(&mut self, at: (f64, f64), text: impl Display) {
        self.styled(at, Anchor::Start, " font-weight=\"bold\"", text);
    }

    fn styled(&mut self, (x, y): (f64, f64), anchor: Anchor, style: &str, text: impl Display) {
        let anchor = match anchor {
            Anchor::Start => "start",
            Anchor::Middle => "middle",
            Anchor::End => "end",
        };
        let text = text.to_string().replace('&', "&amp;").replace('<', "&lt;");
        self.line_of(format_args!(
            "<text x=\"{x:.1}\" y=\"{y:.1}\" text-anchor=\"{anchor}\"{style}>{text}</text>"
        ));
    }

    fn line_of(&mut self, line: impl Display) {
        let _ = writeln!(self.text, "{line}");
    }

    /// The whole picture, on white: it has to be read on dark pages too.
    pub(super) fn finish(self) -> String {
        let Self { width, height, text } = self;
        format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width:.0} {height:.0}\" \
             width=\"{width:.0}\" height=\"{height:.0}\" font-family=\"system-ui, sans-serif\" font-size=\"12\">\n\
             <rect width=\"100%\" height=\"100%\" fill=\"#ffffff\"/>\n{text}</svg>\n"
        )
    }
}

/// The colour of the server in this place; ours is the first.
pub(super) fn colour(name: &str, at: usize) -> &'static str {
    match name {
        "catzilla" => OURS,
        "floor" => FLOOR,
        _ => OTHERS[at.saturating_sub(1) % OTHERS.len()],
    }
}

/// A number with as many digits as somebody reads.
pub(super) fn short(value: f64) -> String {
    match value {
        value if value >= 100.0 => format!("{value:.0}"),
        value if value >= 10.0 => format!("{value:.1}"),
        value => format!("{value:.2}"),
    }
}
