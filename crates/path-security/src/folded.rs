//! Names as a forgiving file system compares them, so that spelling can't dodge a rule.
//!
//! Case-insensitive file systems (APFS, NTFS, ext4 with casefold) take `x.PHP` for `x.php`; HFS+ and
//! some versions of ext4 also skip code points that nobody sees. Composed and decomposed accents are
//! left as they are: a rule about such a name wants both forms.

use std::borrow::Cow;

/// The name without invisible code points and, if it isn't ASCII, with the case folded.
///
/// ASCII comes back as it is, without allocating: compare with `eq_ignore_ascii_case`.
pub(crate) fn folded(name: &str) -> Cow<'_, str> {
    if name.is_ascii() {
        return Cow::Borrowed(name);
    }
    let visible = name.chars().filter(|character| !is_ignorable(*character));
    // Up and down again is what full case folding amounts to: U+017F, U+212A and the ligatures
    // become the ASCII letters that they stand for.
    Cow::Owned(visible.flat_map(char::to_uppercase).flat_map(char::to_lowercase).collect())
}

/// The code points with the property `Default_Ignorable_Code_Point` (Unicode 16).
fn is_ignorable(character: char) -> bool {
    matches!(character,
        '\u{AD}' | '\u{34F}' | '\u{61C}' | '\u{115F}'..='\u{1160}' | '\u{17B4}'..='\u{17B5}'
        | '\u{180B}'..='\u{180F}' | '\u{200B}'..='\u{200F}' | '\u{202A}'..='\u{202E}'
        | '\u{2060}'..='\u{206F}' | '\u{3164}' | '\u{FE00}'..='\u{FE0F}' | '\u{FEFF}' | '\u{FFA0}'
        | '\u{FFF0}'..='\u{FFF8}' | '\u{1BCA0}'..='\u{1BCA3}' | '\u{1D173}'..='\u{1D17A}'
        | '\u{E0000}'..='\u{E0FFF}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(name: &str, expected: &str) {
        assert_eq!(folded(name), expected, "{name:?}");
    }

    #[test]
    fn folds_what_some_file_system_takes_for_the_same() {
        check("É.TXT", "é.txt");
        check("\u{212A}ey", "key");
        check("pa\u{17F}\u{17F}", "pass");
        check("\u{FB01}le", "file");
        check("stra\u{DF}e", "strasse");
        check("\u{200C}.git", ".git");
        check(".g\u{200D}it\u{FEFF}", ".git");
    }

    #[test]
    fn leaves_ascii_alone() {
        assert!(matches!(folded("Readme.TXT"), Cow::Borrowed("Readme.TXT")));
    }
}
