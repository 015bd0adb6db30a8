//! What a page needs.

/// The paths of the scripts, styles, fonts and pictures that a page names, each once.
///
/// It finds `src="…"` and `href="…"`, resolves them against the page's path, and leaves out other hosts and other
/// pages.
pub fn references(page: &str, html: &str) -> Vec<String> {
    let mut found = Vec::new();
    for attribute in ["src=\"", "href=\""] {
        for rest in html.split(attribute).skip(1) {
            let Some((target, _)) = rest.split_once('"') else { continue };
            let target = target.split(['#', '?']).next().unwrap_or_default();
            let kinds = [".js", ".css", ".woff2", ".svg", ".png", ".ico"];
            if target.contains(':') || !kinds.iter().any(|kind| target.ends_with(kind)) {
                continue;
            }
            let path = resolve(page, target);
            if !found.contains(&path) {
                found.push(path);
            }
        }
    }
    found
}

/// RFC 3986 section 5.2, for references that are paths.
fn resolve(page: &str, target: &str) -> String {
    let mut segments: Vec<&str> = Vec::new();
    if !target.starts_with('/') {
        segments.extend(page.split('/').skip(1));
        segments.pop();
    }
    for segment in target.split('/') {
        match segment {
            "" | "." => {}
            ".." => {
                segments.pop();
            }
            segment => segments.push(segment),
        }
    }
    format!("/{}", segments.join("/"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_names_what_it_needs() {
        let html = r#"<link rel="stylesheet" href="../../static.files/a.css"><script src="b.js" defer>
            <a href="c.html"> <img src="/d.svg#x"> <script src="https://e.example/f.js"> <img src="./b.js">"#;
        let expected = ["/std/vec/b.js", "/d.svg", "/static.files/a.css"];
        assert_eq!(references("/std/vec/index.html", html), expected);
    }
}
