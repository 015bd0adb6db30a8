//! wrk's script: what it sends, and its figures as JSON. Its percentiles aren't asked for: it corrects them by samples
//! of its own, whether they are due or not.

use std::fmt::Write as _;

use anyhow::Result;

use crate::side_by_side::process::starts;
use crate::side_by_side::workload::Request;

/// What wrk sends.
#[derive(Debug)]
pub(in crate::side_by_side) enum Sending<'a> {
    /// One request, again and again.
    One(&'a Request),
    /// The same, so many at once.
    AtOnce(&'a Request, usize),
    /// Of these requests, those at these places, in turn.
    InTurn(&'a [Request], &'a [usize]),
}

/// Printed by wrk when it ends, on a line of its own.
const DONE: &str = r#"
done = function(summary, latency, requests)
  local e = summary.errors
  print(string.format('RESULT {"requests": %d, "seconds": %.6f, "bytes": %.0f, "broken": %d, "statuses": %d}',
    summary.requests, summary.duration / 1e6, summary.bytes, e.connect + e.read + e.write + e.timeout, e.status))
end
"#;

pub(super) fn lua(sending: &Sending<'_>) -> Result<String> {
    let mut lua = String::new();
    match sending {
        Sending::One(request) => {
            // wrk writes such a request once; a function would be called for each.
            writeln!(lua, "wrk.path = {:?}", request.path)?;
            for (name, value) in &request.fields {
                writeln!(lua, "wrk.headers[{name:?}] = {value:?}")?;
            }
        }
        Sending::AtOnce(request, times) => {
            let text = request.text().repeat(*times);
            writeln!(lua, "local r = {}", quoted(&text))?;
            writeln!(lua, "request = function() return r end")?;
        }
        Sending::InTurn(requests, order) => {
            let texts: Vec<String> =
                requests.iter().map(|request| quoted(&request.text())).collect();
            let places: Vec<String> = order.iter().map(|at| (at + 1).to_string()).collect();
            writeln!(lua, "local r = {{{}}}", texts.join(",\n"))?;
            writeln!(lua, "local o = {{{}}}", places.join(","))?;
            writeln!(lua, "local i = 0")?;
            writeln!(lua, "request = function() i = i % #o + 1 return r[o[i]] end")?;
        }
    }
    Ok(lua + DONE)
}

fn quoted(text: &str) -> String {
    format!(
        "\"{}\"",
        text.replace('\\', "\\\\").replace('"', "\\\"").replace('\r', "\\r").replace('\n', "\\n")
    )
}

/// Whether wrk is installed.
pub(in crate::side_by_side) fn has_wrk() -> bool {
    starts("wrk", "-v")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scripts_say_what_to_send() {
        let request = Request::new("/a").with("If-None-Match", "\"x\"");
        let one = lua(&Sending::One(&request)).unwrap();
        assert!(
            one.starts_with("wrk.path = \"/a\"\nwrk.headers[\"If-None-Match\"] = \"\\\"x\\\"\"\n")
        );
        let twice = lua(&Sending::AtOnce(&Request::new("/a"), 2)).unwrap();
        assert_eq!(twice.matches("GET /a HTTP/1.1\\r\\nHost: 127.0.0.1\\r\\n\\r\\n").count(), 2);
        let requests = [Request::new("/a"), Request::new("/b")];
        let turn = lua(&Sending::InTurn(&requests, &[1, 0, 1])).unwrap();
        assert!(turn.contains("local o = {2,1,2}"), "{turn}");
    }
}
