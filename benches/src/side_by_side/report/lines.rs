//! Lines over two logarithmic axes.

use crate::side_by_side::report::svg::{Anchor, Svg, colour, short};

/// A chart.
#[derive(Debug)]
pub(super) struct Chart {
    pub(super) title: String,
    pub(super) x: &'static str,
    pub(super) y: &'static str,
    /// Ours is the first.
    pub(super) lines: Vec<Line>,
}

/// The points of one server, from left to right.
#[derive(Debug)]
pub(super) struct Line {
    pub(super) name: String,
    pub(super) points: Vec<(f64, f64)>,
}

const WIDTH: f64 = 760.0;
const HEIGHT: f64 = 440.0;
const LEFT: f64 = 64.0;
const RIGHT: f64 = 150.0;
const TOP: f64 = 44.0;
const BOTTOM: f64 = 48.0;
/// Names at the right end keep this distance.
const NAMES: f64 = 15.0;

/// An axis from one value to another.
struct Axis {
    low: f64,
    high: f64,
    /// Where these are on the paper.
    from: f64,
    to: f64,
}

impl Axis {
    fn new(values: impl Iterator<Item = f64>, from: f64, to: f64) -> Self {
        let (low, high) = values.fold((f64::MAX, 0.0), |(low, high), value| {
            (f64::min(low, value), f64::max(high, value))
        });
        Self { low, high: high.max(low * 1.01), from, to }
    }

    fn at(&self, value: f64) -> f64 {
        let share = (value / self.low).ln() / (self.high / self.low).ln();
        self.from + share * (self.to - self.from)
    }

    /// One, two and five times each power of ten that lies within.
    fn marks(&self) -> Vec<f64> {
        let decades = self.low.log10().floor() as i32..=self.high.log10().ceil() as i32;
        let all = decades.flat_map(|decade| [1.0, 2.0, 5.0].map(|one| one * 10f64.powi(decade)));
        all.filter(|mark| (self.low..=self.high).contains(mark)).collect()
    }
}

/// The plot, unless there is nothing to compare.
pub(super) fn plot(chart: &Chart) -> Option<String> {
    let points = || chart.lines.iter().flat_map(|line| &line.points);
    points().next()?;
    let x = Axis::new(points().map(|point| point.0), LEFT, WIDTH - RIGHT);
    let y = Axis::new(points().map(|point| point.1), HEIGHT - BOTTOM, TOP);
    let mut svg = Svg::new(WIDTH, HEIGHT);
    svg.bold((LEFT, 20.0), &chart.title);
    svg.text((LEFT - 8.0, 36.0), Anchor::End, chart.y);
    svg.text((f64::midpoint(LEFT, WIDTH - RIGHT), HEIGHT - 12.0), Anchor::Middle, chart.x);
    for mark in y.marks() {
        let at = y.at(mark);
        svg.line((LEFT, at), (WIDTH - RIGHT, at), "#e9ecef");
        svg.text((LEFT - 8.0, at + 4.0), Anchor::End, trimmed(mark));
    }
    let mut marks: Vec<f64> = points().map(|point| point.0).collect();
    marks.sort_by(f64::total_cmp);
    marks.dedup_by(|one, other| (*one / *other - 1.0).abs() < 0.01);
    for mark in marks {
        let at = x.at(mark);
        svg.line((at, TOP), (at, HEIGHT - BOTTOM), "#e9ecef");
        svg.text((at, HEIGHT - BOTTOM + 18.0), Anchor::Middle, trimmed(mark));
    }
    let mut ends: Vec<(f64, usize)> = Vec::new();
    // Ours is drawn last, over the others.
    for (at, line) in chart.lines.iter().enumerate().rev() {
        let colour = colour(&line.name, at);
        let drawn: Vec<_> =
            line.points.iter().map(|point| (x.at(point.0), y.at(point.1))).collect();
        svg.path(&drawn, colour, if at == 0 { 3.0 } else { 1.5 });
        for &point in &drawn {
            svg.dot(point, colour);
        }
        ends.extend(drawn.last().map(|point| (point.1, at)));
    }
    ends.sort_by(|one, other| one.0.total_cmp(&other.0));
    let mut free = TOP;
    for (wanted, at) in ends {
        let line = &chart.lines[at];
        let place = wanted.max(free);
        free = place + NAMES;
        let last = line.points.last().map_or(0.0, |point| point.1);
        svg.line(
            (WIDTH - RIGHT + 4.0, wanted),
            (WIDTH - RIGHT + 14.0, place),
            colour(&line.name, at),
        );
        let name = format!("{} {}", line.name, short(last));
        svg.text((WIDTH - RIGHT + 18.0, place + 4.0), Anchor::Start, name);
    }
    Some(svg.finish())
}

fn trimmed(mark: f64) -> String {
    let text = format!("{mark:.1}");
    text.strip_suffix(".0").unwrap_or(&text).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn axes_are_logarithmic() {
        let axis = Axis::new([1.0, 100.0].into_iter(), 0.0, 200.0);
        assert!((axis.at(10.0) - 100.0).abs() < 1e-9);
        assert_eq!(axis.marks(), [1.0, 2.0, 5.0, 10.0, 20.0, 50.0, 100.0]);
    }

    #[test]
    fn nothing_is_no_plot_and_one_point_is_one() {
        let chart = |lines| Chart { title: "t".to_owned(), x: "x", y: "y", lines };
        assert!(plot(&chart(vec![])).is_none());
        let line = Line { name: "catzilla".to_owned(), points: vec![(1.0, 2.0)] };
        let svg = plot(&chart(vec![line])).unwrap();
        assert!(svg.starts_with("<svg") && !svg.contains("NaN"), "{svg}");
    }
}
