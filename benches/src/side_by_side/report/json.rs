//! One object per result and line, for scripts; the same shape as that of the suites.

use std::fmt::Write as _;

use crate::side_by_side::figures::{Figures, Sample};
use crate::side_by_side::report::Record;
use crate::side_by_side::workload::{Work, Workload};

/// `value` is what the work costs `catzilla`; with a `rival`, `ratio` is that to what it costs the rival (below 1:
/// ours is cheaper), and `rival_value` the rival's figure.
pub(in crate::side_by_side) fn lines(record: &Record) -> String {
    let mut lines = String::new();
    for (workload, all) in &record.results {
        let Some((ours, rivals)) = all.split_first() else { continue };
        let Some(value) = ours.median_of(Sample::cost) else { continue };
        for line in std::iter::once(line(workload, value, ours, None)).chain(
            rivals
                .iter()
                .filter_map(|rival| Some(line(workload, value, rival, Some(1.0 / rival.ratio()?)))),
        ) {
            let _ = writeln!(lines, "{line}");
        }
    }
    lines
}

fn line(workload: &Workload, value: f64, figures: &Figures, ratio: Option<f64>) -> String {
    let quoted = |text: &str| format!("\"{text}\"");
    let number = |value: Option<f64>| match value.filter(|value| value.is_finite()) {
        Some(value) => format!("{value:.4}"),
        None => "null".to_owned(),
    };
    let unit = match workload.work {
        Work::Idle => "bytes",
        _ => "us",
    };
    // Connections that wait send nothing, and one round of them has no spread.
    let is_idle = workload.work == Work::Idle;
    let unless_idle = |value: Option<f64>| number(value.filter(|_| !is_idle));
    let of = |what: fn(&Sample) -> f64| unless_idle(figures.median_of(what));
    format!(
        "{{\"suite\": \"server\", \"case\": \"{}\", \"value\": {value:.4}, \"unit\": \"{unit}\", \
         \"allocations\": null, \"rival\": {}, \"ratio\": {}, \"rival_value\": {}, \"spread\": {}, \
         \"requests_per_second\": {}, \"user_us\": {}, \"p50_us\": {}, \"p99_us\": {}, \"p999_us\": {}, \
         \"resident_bytes\": {}}}",
        workload.name,
        ratio.map_or("null".to_owned(), |_| quoted(figures.server)),
        number(ratio),
        number(ratio.and(figures.median_of(Sample::cost))),
        unless_idle(figures.spread()),
        of(|sample| sample.requests as f64 / sample.seconds.max(f64::MIN_POSITIVE)),
        of(|sample| sample.cpu.user * 1e6),
        number(figures.latency(0).map(|seconds| seconds * 1e6)),
        number(figures.latency(2).map(|seconds| seconds * 1e6)),
        number(figures.latency(3).map(|seconds| seconds * 1e6)),
        number(figures.median_of(|sample| sample.resident as f64)),
    )
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;
    use crate::side_by_side::workload::WORKLOADS;

    #[test]
    fn every_line_is_an_object_with_all_keys() {
        let mut figures = Figures::new("nginx");
        figures.samples.push(Sample { requests: 10, seconds: 2.0, ..Sample::default() });
        for (ratio, rival) in [(None, Value::Null), (Some(0.5), "nginx".into())] {
            let line = line(&WORKLOADS[0], 7.9, &figures, ratio);
            let value: Value = serde_json::from_str(&line).unwrap();
            assert_eq!(value["rival"], rival);
            assert_eq!((&value["suite"], &value["case"]), (&"server".into(), &"hot-1k".into()));
            assert_eq!(value["value"].as_f64(), Some(7.9));
            assert_eq!(value["requests_per_second"].as_f64(), Some(5.0));
            let keys = ["suite", "case", "value", "unit", "allocations", "rival", "ratio"];
            assert!(keys.iter().all(|key| value.get(key).is_some()), "{line}");
        }
    }
}
