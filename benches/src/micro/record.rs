//! What is known about a case, for scripts and for people.

use std::fmt::{self, Display};

use serde_json::Value;

/// How much a call gets through.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Amount {
    Bytes(u64),
    Elements(u64),
}

/// The unit of whatever criterion has measured.
pub(super) const NANOSECONDS: &str = "ns";

/// The results of one case.
#[derive(Debug, Clone, Copy)]
pub(super) struct Record {
    pub(super) suite: &'static str,
    pub(super) case: &'static str,
    /// Nanoseconds of a call, or whatever else was found.
    pub(super) value: f64,
    /// In what that is said.
    pub(super) unit: &'static str,
    /// Of a call, on the heap.
    pub(super) allocations: Option<f64>,
    /// Whom it is compared with.
    pub(super) rival: Option<&'static str>,
    /// Its time divided by the rival's, if that was measured, too.
    pub(super) ratio: Option<f64>,
    /// Of a call, in user space.
    pub(super) instructions: Option<u64>,
    /// What a call gets through.
    pub(super) throughput: Option<Amount>,
}

impl Record {
    /// One without anything beside its value.
    pub(super) fn figure(
        suite: &'static str,
        case: &'static str,
        unit: &'static str,
        value: f64,
    ) -> Self {
        let (rival, ratio, instructions, throughput) = (None, None, None, None);
        Self { suite, case, value, unit, allocations: None, rival, ratio, instructions, throughput }
    }

    /// One JSON object without a line's end. All keys are always there, in this order.
    pub(super) fn json(&self) -> String {
        format!(
            r#"{{"suite": {}, "case": {}, "value": {:.2}, "unit": {}, "allocations": {}, "rival": {}, "ratio": {}, "instructions": {}, "bytes_per_second": {}, "elements_per_second": {}}}"#,
            Value::from(self.suite),
            Value::from(self.case),
            self.value,
            Value::from(self.unit),
            or_null(self.allocations),
            Value::from(self.rival),
            or_null(self.ratio.map(|ratio| format!("{ratio:.3}"))),
            or_null(self.instructions),
            or_null(self.per_second(|amount| match amount {
                Amount::Bytes(bytes) => Some(bytes),
                Amount::Elements(_) => None,
            })),
            or_null(self.per_second(|amount| match amount {
                Amount::Elements(elements) => Some(elements),
                Amount::Bytes(_) => None,
            })),
        )
    }

    fn per_second(&self, of: impl Fn(Amount) -> Option<u64>) -> Option<String> {
        let count = of(self.throughput?)? as f64;
        let rate = count / self.value * 1e9;
        rate.is_finite().then(|| format!("{rate:.0}"))
    }
}

fn or_null(value: Option<impl Display>) -> String {
    value.map_or_else(|| "null".to_owned(), |value| value.to_string())
}

/// A row of [`Table`].
impl Display for Record {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { case, value, unit, .. } = self;
        let or_dash = |it: Option<String>| it.unwrap_or_else(|| "-".to_owned());
        let allocations = or_dash(self.allocations.map(|it| it.to_string()));
        let instructions = or_dash(self.instructions.map(|it| it.to_string()));
        write!(f, "{case:<40} {value:>10.1} {allocations:>12} {instructions:>13}")?;
        if *unit != NANOSECONDS {
            write!(f, "   {unit}")?;
        }
        match (self.ratio, self.rival) {
            (Some(ratio), Some(rival)) => write!(f, "   {ratio:.2} × {rival}"),
            _ => Ok(()),
        }
    }
}

/// The records of a suite, one line each under a head.
#[derive(Debug)]
pub(super) struct Table<'a>(pub(super) &'a [Record]);

impl Display for Table<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Some(first) = self.0.first() else { return Ok(()) };
        let suite = first.suite;
        writeln!(f, "{suite:<40} {:>10} {:>12} {:>13}", "ns", "allocations", "instructions")?;
        self.0.iter().try_for_each(|record| writeln!(f, "{record}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PLAIN: Record = Record {
        suite: "path_security",
        case: "parse plain",
        value: 33.1,
        unit: NANOSECONDS,
        allocations: Some(0.0),
        rival: None,
        ratio: None,
        instructions: Some(412),
        throughput: None,
    };

    #[test]
    fn every_object_has_all_keys_in_order() {
        assert_eq!(
            PLAIN.json(),
            r#"{"suite": "path_security", "case": "parse plain", "value": 33.10, "unit": "ns", "allocations": 0, "rival": null, "ratio": null, "instructions": 412, "bytes_per_second": null, "elements_per_second": null}"#
        );
        let open = Record {
            case: "open",
            value: 1234.567,
            throughput: Some(Amount::Bytes(50)),
            allocations: Some(0.25),
            rival: Some("bare"),
            ratio: Some(1.05),
            instructions: None,
            ..PLAIN
        };
        assert_eq!(
            open.json(),
            r#"{"suite": "path_security", "case": "open", "value": 1234.57, "unit": "ns", "allocations": 0.25, "rival": "bare", "ratio": 1.050, "instructions": null, "bytes_per_second": 40500030, "elements_per_second": null}"#
        );
    }

    #[test]
    fn objects_are_json_whatever_the_names_are() {
        let record = Record { case: "a \"quoted\" case", rival: Some("\\"), ..PLAIN };
        let value: Value = serde_json::from_str(&record.json()).unwrap();
        assert_eq!(value["case"], "a \"quoted\" case");
        assert_eq!(value["rival"], "\\");
        assert_eq!(value["value"], 33.1);
        assert_eq!(value["allocations"], 0);
        assert_eq!(value["ratio"], Value::Null);
    }

    #[test]
    fn a_table_has_a_head_and_a_row_per_case() {
        let open = Record { rival: Some("bare"), ratio: Some(1.0), instructions: None, ..PLAIN };
        let table = Table(&[PLAIN, open]).to_string();
        let rows: Vec<&str> = table.lines().collect();
        assert_eq!(rows.len(), 3);
        let figure = Record { unit: "%", value: 97.5, allocations: None, ..open };
        assert!(figure.to_string().ends_with("97.5            -             -   %   1.00 × bare"));
        assert!(rows[0].starts_with("path_security ") && rows[0].ends_with("instructions"));
        assert!(rows[1].ends_with("0           412"), "{table}");
        assert!(rows[2].ends_with("-   1.00 × bare"), "{table}");
        assert_eq!(Table(&[]).to_string(), "");
    }
}
