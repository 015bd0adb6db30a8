//! Names that mean something else on Windows, judged by pure code on every platform: a tree that is
//! safe here stays safe on a shared drive, in a container with a Windows mount, or after a move.

/// What is wrong with a name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Trap {
    /// `NUL`, `COM1.txt`: opens a device, in every folder.
    Device,
    /// `x.php:data`, `x.php::$DATA`, `C:`: an alternate stream, or a drive.
    Colon,
    /// `x.php.`, `x.php `: opens `x.php`.
    Trailing,
    /// `SECRET~1.TXT`: the short name of a file that rules know by its long one.
    ShortName,
}

impl Trap {
    /// In words, for an operator.
    pub(crate) fn describe(self) -> &'static str {
        match self {
            Self::Device => "the name of a device on Windows",
            Self::Colon => "a colon, which names a drive or an alternate stream on Windows",
            Self::Trailing => "a dot or space at the end, which Windows ignores",
            Self::ShortName => "the short (8.3) name of another file",
        }
    }
}

/// The trap in a name, if there is one. Short names are ordinary names elsewhere.
pub(crate) fn trap(name: &str) -> Option<Trap> {
    let bytes = name.as_bytes();
    if bytes.contains(&b':') {
        Some(Trap::Colon)
    } else if matches!(bytes, [.., b'.' | b' ']) {
        Some(Trap::Trailing)
    } else if is_device(name) {
        Some(Trap::Device)
    } else if cfg!(windows) && is_short_name(bytes) {
        Some(Trap::ShortName)
    } else {
        None
    }
}

/// Whether Windows opens a device for this name, whatever extension follows.
/// See "Naming Files, Paths, and Namespaces" in the Win32 documentation.
fn is_device(name: &str) -> bool {
    // Perf: all devices begin with one of these letters, few names do.
    if !matches!(
        name.as_bytes().first(),
        Some(b'a' | b'A' | b'c' | b'C' | b'l' | b'L' | b'n' | b'N' | b'p' | b'P')
    ) {
        return false;
    }
    let base = name.split('.').next().unwrap_or_default().trim_end_matches(' ');
    let is = |device: &str| base.eq_ignore_ascii_case(device);
    if ["con", "prn", "aux", "nul", "conin$", "conout$", "clock$"].into_iter().any(is) {
        return true;
    }
    let Some((port, number)) = base.split_at_checked(3) else { return false };
    (port.eq_ignore_ascii_case("com") || port.eq_ignore_ascii_case("lpt"))
        && matches!(
            number,
            "0" | "1" | "2" | "3" | "4" | "5" | "6" | "7" | "8" | "9" | "¹" | "²" | "³"
        )
}

/// Whether a name has the form of a generated short name, such as `PROGRA~1` or `SECRET~12.TXT`.
fn is_short_name(name: &[u8]) -> bool {
    let mut parts = name.splitn(2, |byte| *byte == b'.');
    let (base, extension) = (parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
    let Some(tilde) = base.iter().rposition(|byte| *byte == b'~') else { return false };
    let number = &base[tilde + 1..];
    tilde > 0
        && base.len() <= 8
        && extension.len() <= 3
        && !number.is_empty()
        && number.iter().all(u8::is_ascii_digit)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(name: &str, expected: Option<Trap>) {
        assert_eq!(trap(name), expected, "{name:?}");
    }

    #[test]
    fn devices_have_any_case_and_any_extension() {
        for name in [
            "con",
            "PRN",
            "aux.html",
            "NUL.tar.gz",
            "com1",
            "Com9.txt",
            "lpt0",
            "LPT³.x",
            "nul .txt",
            "CONIN$",
            "clock$",
        ] {
            check(name, Some(Trap::Device));
        }
        for name in [
            "cone",
            "auxiliary",
            "com",
            "com10",
            "lpt",
            "null",
            "console.log",
            "a.con",
            "icon",
            "naïve",
            "caf",
        ] {
            check(name, None);
        }
    }

    #[test]
    fn streams_drives_and_trailing_characters() {
        for name in ["C:", "x.php::$DATA", "a:b", ":"] {
            check(name, Some(Trap::Colon));
        }
        for name in ["x.php.", "x ", "...", ". ", "con."] {
            check(name, Some(Trap::Trailing));
        }
        check(" x", None);
        check("x.y z", None);
    }

    #[test]
    fn short_names_are_known_by_their_form() {
        for name in ["PROGRA~1", "SECRET~1.TXT", "a~12.b", "abcde~99"] {
            assert!(is_short_name(name.as_bytes()), "{name}");
        }
        for name in ["~1", "a~", "a~b", "backup~1.html", "verylongname~1", "x.y~1", "file"] {
            assert!(!is_short_name(name.as_bytes()), "{name}");
        }
    }
}
