use catzilla_http_conditional::Outcome::{Full, NotModified, PreconditionFailed, Range};
use catzilla_http_conditional::{
    ConditionalFields, Field, Method, Outcome, RangeLimits, Validators, decide,
};

use crate::request::{
    EARLIER, EXACTLY, LATER, ask, bytes, now, only_date, only_tag, validators, weak,
};

const LEN: u64 = 1000;

/// The same outcome for every method.
#[track_caller]
fn check_all(lines: &[&str], expected: &Outcome) {
    for method in [Method::Get, Method::Head, Method::Other] {
        assert_eq!(&ask(method, lines, &validators(), LEN), expected, "{method:?} {lines:?}");
    }
}

/// For reading methods, and for others.
#[track_caller]
fn check_by_method(lines: &[&str], reading: &Outcome, other: &Outcome) {
    assert_eq!(&ask(Method::Get, lines, &validators(), LEN), reading, "GET {lines:?}");
    assert_eq!(&ask(Method::Head, lines, &validators(), LEN), reading, "HEAD {lines:?}");
    assert_eq!(&ask(Method::Other, lines, &validators(), LEN), other, "other {lines:?}");
}

#[track_caller]
fn check_with(validators: &Validators, lines: &[&str], expected: &Outcome) {
    assert_eq!(&ask(Method::Get, lines, validators, LEN), expected, "{validators:?} {lines:?}");
}

#[test]
fn without_conditions_everything_is_sent() {
    check_all(&[], &Full);
    check_all(&["Accept: */*", "Cache-Control: no-cache"], &Full);
}

#[test]
fn rfc9110_13_1_1_if_match_fails_unless_a_tag_matches_strongly() {
    check_all(&[r#"If-Match: "a""#], &Full);
    check_all(&["If-Match: *"], &Full);
    check_all(&[r#"If-Match: "b""#], &PreconditionFailed);
    check_all(&[r#"If-Match: W/"a""#], &PreconditionFailed);
    check_all(&[r#"If-Match: "b", "a""#], &Full);
    check_all(&[r#"If-Match: "b""#, r#"If-Match: "a""#], &Full);
    check_all(&["If-Match:"], &PreconditionFailed);
    check_with(&weak(), &[r#"If-Match: W/"a""#], &PreconditionFailed);
    check_with(&weak(), &[r#"If-Match: "a""#], &PreconditionFailed);
    check_with(&weak(), &["If-Match: *"], &Full);
    check_with(&Validators::none(), &["If-Match: *"], &Full);
    check_with(&Validators::none(), &[r#"If-Match: "a""#], &PreconditionFailed);
}

#[test]
fn rfc9110_13_1_2_if_none_match_matches_weakly() {
    check_by_method(&[r#"If-None-Match: "a""#], &NotModified, &PreconditionFailed);
    check_by_method(&[r#"If-None-Match: W/"a""#], &NotModified, &PreconditionFailed);
    check_by_method(&["If-None-Match: *"], &NotModified, &PreconditionFailed);
    check_by_method(&[r#"If-None-Match: "b""#], &Full, &Full);
    check_by_method(&["If-None-Match:"], &Full, &Full);
    check_with(&weak(), &[r#"If-None-Match: "a""#], &NotModified);
    check_with(&weak(), &[r#"If-None-Match: W/"a""#], &NotModified);
    check_with(&Validators::none(), &[r#"If-None-Match: "a""#], &Full);
    check_with(&Validators::none(), &["If-None-Match: *"], &NotModified);
}

#[test]
fn rfc9110_13_1_2_a_list_may_have_many_tags_on_many_lines() {
    let check = |lines: &[&str], expected| {
        check_by_method(
            lines,
            expected,
            match expected {
                NotModified => &PreconditionFailed,
                other => other,
            },
        );
    };
    check(&[r#"If-None-Match: "x","a","y""#], &NotModified);
    check(&[r#"If-None-Match: "x" , W/"a""#], &NotModified);
    check(&["If-None-Match: \"x\"\t,\t\"a\"\t"], &NotModified);
    check(&[r#"If-None-Match: ,, "x",, ,"a",,"#], &NotModified);
    check(&[r#"If-None-Match: "x""#, r#"If-None-Match: "y", "a""#], &NotModified);
    check(&["If-None-Match:", r#"If-None-Match: "a""#], &NotModified);
    check(&[r#"If-None-Match: "x,"a",y""#], &Full);
    check(&[r#"If-None-Match: "x", "y""#], &Full);
    let long = format!(r#"If-None-Match: "{}", "a""#, "x".repeat(10_000));
    check(&[&long], &NotModified);
}

#[test]
fn a_list_is_read_up_to_the_first_error() {
    check_with(&validators(), &[r#"If-None-Match: "a", oops"#], &NotModified);
    check_with(&validators(), &[r#"If-None-Match: oops, "a""#], &Full);
    check_with(&validators(), &["If-None-Match: oops", r#"If-None-Match: "a""#], &Full);
    check_with(&validators(), &["If-None-Match: a"], &Full);
    check_with(&validators(), &[r#"If-None-Match: w/"a""#], &Full);
    check_with(&validators(), &[r#"If-None-Match: "a"oops"#], &Full);
    check_with(&validators(), &[r#"If-None-Match: "a" "b""#], &Full);
    check_with(&validators(), &[r#"If-None-Match: "x""a""#], &Full);
    check_with(&validators(), &[r#"If-None-Match: "a"#], &Full);
    check_with(&validators(), &[r#"If-Match: oops, "a""#], &PreconditionFailed);
}

#[test]
fn a_star_counts_only_alone() {
    check_with(&validators(), &["If-None-Match: \t* "], &NotModified);
    check_with(&validators(), &[r#"If-None-Match: *, "x""#], &Full);
    check_with(&validators(), &[r#"If-None-Match: "x", *"#], &Full);
    check_with(&validators(), &["If-None-Match: *", "If-None-Match: *"], &Full);
    check_with(&validators(), &["If-Match: *", r#"If-Match: "x""#], &PreconditionFailed);
}

#[test]
fn rfc9110_13_1_3_if_modified_since_compares_dates() {
    check_by_method(&[&format!("If-Modified-Since: {EARLIER}")], &Full, &Full);
    check_by_method(&[&format!("If-Modified-Since: {EXACTLY}")], &NotModified, &Full);
    check_by_method(&[&format!("If-Modified-Since: {LATER}")], &NotModified, &Full);
    check_by_method(&["If-Modified-Since: Tue Nov 15 12:45:26 1994"], &NotModified, &Full);
    check_by_method(&["If-Modified-Since: Tuesday, 15-Nov-94 12:45:26 GMT"], &NotModified, &Full);
    check_by_method(&["If-Modified-Since:  Tue, 01 Jan 2069 00:00:00 GMT\t"], &NotModified, &Full);
}

#[test]
fn rfc9110_13_1_3_if_modified_since_is_ignored() {
    let exactly = format!("If-Modified-Since: {EXACTLY}");
    check_with(&validators(), &["If-Modified-Since: yesterday"], &Full);
    check_with(&validators(), &["If-Modified-Since:"], &Full);
    check_with(&validators(), &[&exactly, &exactly], &Full);
    check_with(&validators(), &[&format!("{exactly}, {EXACTLY}")], &Full);
    check_with(&only_tag(), &[&exactly], &Full);
    // Beside If-None-Match it isn't read, matching or not, well-formed or not.
    check_with(&validators(), &[r#"If-None-Match: "b""#, &exactly], &Full);
    check_with(&validators(), &["If-None-Match: oops", &exactly], &Full);
    check_with(&validators(), &["If-None-Match:", &exactly], &Full);
    check_with(&only_date(), &[r#"If-None-Match: "b""#, &exactly], &Full);
}

#[test]
fn rfc9110_13_1_4_if_unmodified_since_compares_dates() {
    check_all(&[&format!("If-Unmodified-Since: {EARLIER}")], &PreconditionFailed);
    check_all(&[&format!("If-Unmodified-Since: {EXACTLY}")], &Full);
    check_all(&[&format!("If-Unmodified-Since: {LATER}")], &Full);
}

#[test]
fn rfc9110_13_1_4_if_unmodified_since_is_ignored() {
    let earlier = format!("If-Unmodified-Since: {EARLIER}");
    check_all(&["If-Unmodified-Since: yesterday"], &Full);
    check_all(&[&earlier, &earlier], &Full);
    check_all(&[r#"If-Match: "a""#, &earlier], &Full);
    check_all(&["If-Match: *", &earlier], &Full);
    check_with(&only_tag(), &[&earlier], &Full);
}

#[test]
fn rfc9110_13_2_2_the_first_precondition_decides() {
    let (ims, ius) =
        (format!("If-Modified-Since: {LATER}"), format!("If-Unmodified-Since: {EARLIER}"));
    // 412 before 304.
    check_all(&[r#"If-None-Match: "a""#, r#"If-Match: "b""#], &PreconditionFailed);
    check_all(&[r#"If-None-Match: "a""#, &ius], &PreconditionFailed);
    check_all(&[&ims, &ius], &PreconditionFailed);
    // Both have to hold.
    check_by_method(
        &[r#"If-Match: "a""#, r#"If-None-Match: "a""#],
        &NotModified,
        &PreconditionFailed,
    );
    check_all(&[r#"If-Match: "a""#, r#"If-None-Match: "b""#], &Full);
    check_by_method(&[r#"If-Match: "a""#, &ims], &NotModified, &Full);
    // 304 before 206 and 416.
    check_with(&validators(), &[r#"If-None-Match: "a""#, "Range: bytes=0-9"], &NotModified);
    check_with(&validators(), &[r#"If-None-Match: "a""#, "Range: bytes=5000-"], &NotModified);
    check_with(&validators(), &[r#"If-None-Match: "b""#, "Range: bytes=0-9"], &Range(bytes(0, 9)));
    check_with(&validators(), &[r#"If-Match: "b""#, "Range: bytes=5000-"], &PreconditionFailed);
}

#[test]
fn rfc9110_5_1_names_have_no_case() {
    check_with(&validators(), &[r#"if-none-match: "a""#], &NotModified);
    check_with(&validators(), &[r#"IF-NONE-MATCH: "a""#], &NotModified);
    for field in Field::ALL {
        assert_eq!(Field::from_name(field.name().to_uppercase().as_bytes()), Some(field));
    }
    assert_eq!(Field::from_name(b"If-Matches"), None);
    assert_eq!(Field::from_name(b""), None);
}

/// A head that knows that it has none of the fields isn't asked for them.
#[test]
fn fields_are_not_looked_up_when_there_are_none() {
    struct Bare;
    impl ConditionalFields for Bare {
        fn values(&self, field: Field) -> impl Iterator<Item = &[u8]> {
            panic!("asked for {field:?}");
            #[expect(unreachable_code, reason = "names the type")]
            std::iter::empty()
        }

        fn any(&self) -> bool {
            false
        }
    }
    let outcome = decide(Method::Get, &Bare, &validators(), LEN, now(), &RangeLimits::default());
    assert_eq!(outcome, Full);
}
