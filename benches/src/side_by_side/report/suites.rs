//! Tables of what the criterion suites have found.

use std::fmt::Write as _;

use serde_json::Value;

use crate::side_by_side::report::svg::short;

/// One table per suite, in the order of the lines.
pub(super) fn tables(lines: &str) -> String {
    let mut out = String::new();
    let mut suite = String::new();
    for line in lines.lines() {
        let Ok(value) = serde_json::from_str::<Value>(line) else { continue };
        let text = |key: &str| value[key].as_str().unwrap_or_default().to_owned();
        let number = |key: &str| value[key].as_f64().map_or("–".to_owned(), short);
        let whole =
            |key: &str| value[key].as_f64().map_or("–".to_owned(), |of| format!("{of:.0}"));
        // A quarter of an allocation is one in every fourth call, and not none.
        let counted =
            |key: &str| value[key].as_f64().map_or("–".to_owned(), |of| format!("{of}"));
        let rate = match (value["bytes_per_second"].as_f64(), value["elements_per_second"].as_f64())
        {
            (Some(bytes), _) => format!("{} MB/s", short(bytes / 1e6)),
            (_, Some(elements)) => format!("{} M/s", short(elements / 1e6)),
            _ => String::new(),
        };
        if text("suite") != suite {
            suite = text("suite");
            let _ = writeln!(
                out,
                "\n## {suite}\n\n| case | time | rate | allocations | instructions | beside | ratio |\n|---|---|---|---|---|---|---|"
            );
        }
        let _ = writeln!(
            out,
            "| {} | {} {} | {rate} | {} | {} | {} | {} |",
            text("case"),
            number("value"),
            text("unit"),
            counted("allocations"),
            whole("instructions"),
            text("rival"),
            number("ratio"),
        );
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_suite_has_its_table() {
        let line = |suite, case| {
            format!(
                "{{\"suite\": \"{suite}\", \"case\": \"{case}\", \"value\": 7.9, \"unit\": \"ns\", \
                 \"allocations\": 0, \"rival\": null, \"ratio\": null}}\n"
            )
        };
        let tables = tables(&(line("a", "x") + &line("a", "y") + &line("b", "z")));
        assert_eq!(tables.matches("## ").count(), 2);
        assert!(tables.contains("| y | 7.90 ns |  | 0 | – |  | – |"), "{tables}");
    }
}
