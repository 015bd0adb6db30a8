//! Rust text with everything that isn't code blanked out, so that a word found in it is a word of the program.

/// Replaces comments and the contents of string and character literals by spaces; lines stay where they were.
pub(crate) fn only_code(text: &str) -> String {
    let mut rest = text;
    let mut code = String::with_capacity(text.len());
    let mut after_word = false;
    while let Some(first) = rest.chars().next() {
        let (len, keep) = match token(rest, after_word) {
            Some(len) => (len, false),
            None => (first.len_utf8(), true),
        };
        let (taken, behind) = rest.split_at(len);
        if keep {
            code.push_str(taken);
        } else {
            code.extend(taken.chars().map(|c| if c == '\n' { '\n' } else { ' ' }));
        }
        after_word = keep && is_word(first);
        rest = behind;
    }
    code
}

/// Whether the code has this word, and not only as a part of a longer one.
pub(crate) fn has_word(code: &str, word: &str) -> bool {
    code.split(|c: char| !is_word(c)).any(|found| found == word)
}

fn is_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

/// The length of the comment or literal that begins here, if one does.
fn token(rest: &str, after_word: bool) -> Option<usize> {
    if rest.starts_with("//") {
        return Some(rest.find('\n').unwrap_or(rest.len()));
    }
    if rest.starts_with("/*") {
        return Some(block_comment(rest));
    }
    if rest.starts_with('"') {
        return Some(quoted(rest, '"'));
    }
    if rest.starts_with('\'') {
        return character(rest);
    }
    if after_word {
        return None;
    }
    let prefix =
        ["br", "cr", "r", "b", "c"].into_iter().find_map(|prefix| rest.strip_prefix(prefix))?;
    let begin = rest.len() - prefix.len();
    if rest[..begin].ends_with('r') {
        let hashes = prefix.bytes().take_while(|&byte| byte == b'#').count();
        let end = format!("\"{}", "#".repeat(hashes));
        let content = prefix[hashes..].strip_prefix('"')?;
        let len = content.find(&end).map_or(content.len(), |at| at + end.len());
        return Some(begin + hashes + 1 + len);
    }
    match prefix.chars().next()? {
        '"' => Some(begin + quoted(prefix, '"')),
        '\'' => character(prefix).map(|len| begin + len),
        _ => None,
    }
}

/// Block comments nest.
fn block_comment(rest: &str) -> usize {
    let mut depth = 0usize;
    let mut at = 0;
    while at < rest.len() {
        let here = &rest.as_bytes()[at..];
        if here.starts_with(b"/*") {
            depth += 1;
            at += 2;
        } else if here.starts_with(b"*/") {
            depth -= 1;
            at += 2;
            if depth == 0 {
                return at;
            }
        } else {
            at += 1;
        }
    }
    rest.len()
}

fn quoted(rest: &str, quote: char) -> usize {
    let mut escaped = false;
    for (at, c) in rest.char_indices().skip(1) {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            c if c == quote => return at + 1,
            _ => {}
        }
    }
    rest.len()
}

/// A character, unless it is a lifetime.
fn character(rest: &str) -> Option<usize> {
    let mut chars = rest.chars().skip(1);
    let first = chars.next()?;
    (first == '\\' || chars.next() == Some('\'')).then(|| quoted(rest, '\''))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, code: &str) {
        let found = only_code(text);
        assert_eq!(found.split_whitespace().collect::<Vec<_>>().join(" "), code, "{text}");
        assert_eq!(found.matches('\n').count(), text.matches('\n').count(), "{text}");
    }

    #[test]
    fn comments_and_literals_are_blank() {
        check("a // unsafe\nb", "a b");
        check("a /* x /* unsafe */ y */ b", "a b");
        check("a /* never ends", "a");
        check(r#"a("unsafe \" unsafe", b)"#, "a( , b)");
        check("a(r\"\\\", b)", "a( , b)");
        check("a(r#\"un\"safe\"#, b'\\'', br##\"\"#\"##, c)", "a( , , , c)");
        check("let c = '\"'; d", "let c = ; d");
        check(r"let c = '\u{1F600}'; d", "let c = ; d");
        check("fn f<'a>(x: &'a str) -> &'static str", "fn f<'a>(x: &'a str) -> &'static str");
        check("for r in b", "for r in b");
        check("attr\"no prefix\"x", "attr x");
        check("\"two\nlines\" x", "x");
        check("'ä' ö", "ö");
    }

    #[test]
    fn a_word_is_a_whole_word() {
        assert!(has_word("x = unsafe{ y }", "unsafe"));
        assert!(!has_word("#![forbid(unsafe_code)]", "unsafe"));
        assert!(!has_word("very_unsafe()", "unsafe"));
    }
}
