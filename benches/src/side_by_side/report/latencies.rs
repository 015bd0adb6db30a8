//! Tables of how long users wait at fixed rates.

use std::fmt::Write as _;

use crate::paced::PERCENTILES;
use crate::side_by_side::report::Record;
use crate::side_by_side::report::markdown::{absences, mark, spread};
use crate::side_by_side::report::svg::short;
use crate::side_by_side::row::Row;

/// One table per workload and rate.
pub(super) fn tables(record: &Record) -> String {
    let mut out = String::new();
    let rows: Vec<&Row> = record.rows.iter().filter(|row| row.is_latency()).collect();
    for some in rows.chunk_by(|one, other| one.case == other.case) {
        let Some(paced) = some.iter().find_map(|row| row.paced.as_ref()) else { continue };
        let _ = writeln!(
            out,
            "## Time to a response: {}\n\nMicroseconds from when a request was due, at {:.0} requests/s. That is {:.0} % of \
             what the slowest of catzilla, nginx and h2o answered as fast as it could; who answers less than 99 % of it \
             in time is saturated. Ratios are those of the 99th percentile to ours.\n",
            some[0].case,
            paced.rate,
            paced.share * 100.0,
        );
        let percents: Vec<String> = PERCENTILES.iter().map(|one| format!("p{one}")).collect();
        let _ = writeln!(out, "| server | {} | ratio | client late |", percents.join(" | "));
        let _ = writeln!(out, "|---|{}---|---|", "---|".repeat(percents.len()));
        for row in some {
            let Some(paced) = &row.paced else { continue };
            let name = row.server();
            let times: Vec<String> = if paced.saturated {
                PERCENTILES.iter().map(|_| "saturated".to_owned()).collect()
            } else {
                paced.percentiles_us.iter().map(|(_, time)| short(*time)).collect()
            };
            let ratio = if paced.saturated { None } else { row.multiple() };
            let _ = writeln!(
                out,
                "| {name} | {} | {}{} | {} |",
                times.join(" | "),
                spread(ratio),
                mark(row),
                short(paced.lag_us)
            );
        }
        out += &absences(some.iter().copied());
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::side_by_side::row::Paced;

    #[test]
    fn who_is_saturated_has_no_times() {
        let row = |rival: Option<&str>, saturated| Row {
            suite: "latency".to_owned(),
            case: "site at 80 %".to_owned(),
            rival: rival.map(str::to_owned),
            paced: Some(Paced {
                rate: 4000.0,
                share: 0.8,
                saturated,
                percentiles_us: PERCENTILES.iter().map(|&percent| (percent, 123.4)).collect(),
                ..Paced::default()
            }),
            ..Row::default()
        };
        let rows = vec![row(None, false), row(Some("slow"), true)];
        let text = tables(&Record { rows, ..Record::default() });
        assert_eq!(text.matches("## ").count(), 1, "{text}");
        assert!(text.contains("at 4000 requests/s. That is 80 %"), "{text}");
        assert!(
            text.contains("| catzilla | 123 |") && text.contains("| slow | saturated |"),
            "{text}"
        );
    }
}
