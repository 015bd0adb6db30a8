//! The small body of an answer that is not content: HTML for browsers, JSON when asked for.
//! Which status it tells of is chosen in `respond.rs`; nothing of the request is ever echoed.

use std::fmt::Write;

use crate::status::Status;

/// A body and its `Content-Type`.
pub(crate) struct ErrorPage {
    pub(crate) content_type: &'static str,
    pub(crate) body: String,
}

/// The form a client asked for in `Accept`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Form {
    Html,
    Json,
}

impl Form {
    /// JSON if `Accept` (RFC 9110 section 12.5.1) names it at a higher weight than HTML; HTML otherwise.
    pub(crate) fn preferred<'a>(accept: impl Iterator<Item = &'a [u8]>) -> Self {
        let (mut html, mut json, mut wildcard) = (0, 0, 0);
        for item in accept.flat_map(|line| line.split(|&byte| byte == b',')) {
            let mut parameters = item.split(|&byte| byte == b';').map(<[u8]>::trim_ascii);
            let range = parameters.next().unwrap_or_default();
            let weight = parameters.find_map(weight).unwrap_or(1000);
            if range.eq_ignore_ascii_case(b"application/json") {
                json = json.max(weight);
            } else if range.eq_ignore_ascii_case(b"text/html") {
                html = html.max(weight);
            } else if range.eq_ignore_ascii_case(b"text/*") || range == b"*/*" {
                wildcard = wildcard.max(weight);
            }
        }
        // `application/json, */*` is how scripts ask: a wildcard doesn't outvote a name at equal weight.
        if json > html && json >= wildcard { Self::Json } else { Self::Html }
    }
}

/// `q=0.5` in thousandths (RFC 9110 section 12.4.2).
fn weight(parameter: &[u8]) -> Option<u32> {
    let value = parameter.strip_prefix(b"q=").or_else(|| parameter.strip_prefix(b"Q="))?;
    let value: f32 = str::from_utf8(value).ok()?.parse().ok()?;
    (0.0..=1.0).contains(&value).then_some((value * 1000.0) as u32)
}

impl ErrorPage {
    /// The page for a status.
    pub(crate) fn new(status: Status, form: Form) -> Self {
        let (code, reason) = (status.code(), status.reason());
        let mut body = String::with_capacity(400);
        let content_type = match form {
            Form::Html => {
                let _ = write!(
                    body,
                    "<!doctype html>\n<html lang=\"en\">\n<meta charset=\"utf-8\">\n\
                     <meta name=\"viewport\" content=\"width=device-width\">\n<title>{code} {reason}</title>\n\
                     <style>:root{{color-scheme:light dark;font:1.1rem system-ui,sans-serif}}\
                     body{{display:grid;place-content:center;min-height:90vh;text-align:center}}\
                     h1{{font-size:4rem;font-weight:300;margin:0}}</style>\n<h1>{code}</h1>\n<p>{reason}</p>\n"
                );
                "text/html; charset=utf-8"
            }
            Form::Json => {
                let _ = writeln!(body, "{{\"status\":{code},\"error\":\"{reason}\"}}");
                "application/json"
            }
        };
        Self { content_type, body }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(accept: &[&str], expected: Form) {
        assert_eq!(
            Form::preferred(accept.iter().map(|line| line.as_bytes())),
            expected,
            "{accept:?}"
        );
    }

    #[test]
    fn browsers_get_html_and_scripts_get_json() {
        check(&[], Form::Html);
        check(&["text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"], Form::Html);
        check(&["application/json"], Form::Json);
        check(&["application/json, text/plain, */*"], Form::Json);
        check(&["text/html, application/json;q=0.9"], Form::Html);
        check(&["text/html;q=0.5", "Application/JSON;q=0.6"], Form::Json);
        check(&["*/*"], Form::Html);
        check(&["text/html, application/json"], Form::Html);
        check(&["application/json;q=0"], Form::Html);
        check(&["application/json;q=nonsense"], Form::Json);
        check(&[",;,"], Form::Html);
    }
}
