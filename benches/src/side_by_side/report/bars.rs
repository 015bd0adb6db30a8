//! One panel of bars per workload.

use crate::side_by_side::report::Record;
use crate::side_by_side::report::svg::{Anchor, Svg, colour, short};
use crate::side_by_side::workload::Work;

const PANEL: f64 = 400.0;
const COLUMNS: usize = 2;
const LABEL: f64 = 120.0;
const BAR: f64 = 16.0;
const HEAD: f64 = 46.0;
const MARGIN: f64 = 16.0;
/// Room for the figure behind a bar.
const FIGURE: f64 = 78.0;

/// Bars longer than so many times ours are cut: one server must not hide the differences of the others.
const CUT: f64 = 4.0;

/// The plot, unless there is nothing to show.
pub(super) fn plot(record: &Record) -> Option<String> {
    let workloads = record.workloads();
    let panels = workloads.len();
    if panels == 0 {
        return None;
    }
    let height = HEAD + record.header.servers.len() as f64 * BAR + MARGIN;
    let rows = panels.div_ceil(COLUMNS);
    let mut svg = Svg::new(MARGIN + COLUMNS as f64 * PANEL, MARGIN + rows as f64 * height);
    for (at, workload) in workloads.iter().enumerate() {
        let x = MARGIN + (at % COLUMNS) as f64 * PANEL;
        let y = MARGIN + (at / COLUMNS) as f64 * height;
        svg.bold((x, y + 12.0), workload.name);
        let unit = match workload.work {
            Work::Idle => "bytes per connection",
            Work::Pages => "µs of CPU per page",
            _ => "µs of CPU per request",
        };
        svg.text((x, y + 28.0), Anchor::Start, format_args!("{}, {unit}", workload.about));
        let rows = record.of(workload.name).enumerate();
        let costs: Vec<_> =
            rows.filter_map(|(at, row)| Some((at, row.server(), row.cost()?))).collect();
        let ours = costs.first().map_or(1.0, |(_, _, cost)| *cost);
        let longest = costs.iter().map(|(_, _, cost)| cost.min(ours * CUT)).fold(0.0, f64::max);
        let room = PANEL - LABEL - FIGURE - MARGIN;
        for (row, (at, name, cost)) in costs.into_iter().enumerate() {
            let y = y + HEAD + row as f64 * BAR;
            let length = room * cost.min(ours * CUT) / longest.max(f64::MIN_POSITIVE);
            svg.text((x + LABEL - 6.0, y + 11.0), Anchor::End, name);
            svg.rect((x + LABEL, y + 1.0), (length, BAR - 4.0), colour(name, at));
            let cut = if cost > ours * CUT { " »" } else { "" };
            let figure = format!("{}{cut}", short(cost));
            svg.text((x + LABEL + length + 5.0, y + 11.0), Anchor::Start, figure);
        }
    }
    Some(svg.finish())
}
