use catzilla_content_coding::Coding::{Brotli, Gzip, Identity, Zstd};
use catzilla_content_coding::{AcceptEncoding, Coding, Codings, Quality};

fn parse(value: &str) -> AcceptEncoding {
    AcceptEncoding::parse([value.as_bytes()])
}

/// The weights of brotli, zstd, gzip and identity, in thousandths.
#[track_caller]
fn check(value: &str, expected: [u16; 4]) {
    check_lines(&[value], expected);
}

#[track_caller]
fn check_lines(lines: &[&str], expected: [u16; 4]) {
    let accepted = AcceptEncoding::parse(lines.iter().map(|line| line.as_bytes()));
    let qualities = Coding::ALL.map(|coding| accepted.quality(coding).thousandths());
    assert_eq!(qualities, expected, "{lines:?}");
}

#[track_caller]
fn check_choice(value: &str, available: &[Coding], expected: Coding) {
    let available = available.iter().copied().collect();
    assert_eq!(parse(value).choose(available), expected, "{value:?} of {available:?}");
}

#[test]
fn rfc9110_12_5_3_without_the_field_anything_is_acceptable_and_identity_is_sent() {
    check_lines(&[], [1, 1, 1, 1000]);
    let absent = AcceptEncoding::parse([]);
    assert_eq!(absent, AcceptEncoding::ABSENT);
    assert_eq!(absent.choose(Codings::ALL), Identity);
    assert!(Coding::ALL.iter().all(|&coding| absent.quality(coding).is_acceptable()));
}

#[test]
fn rfc9110_12_5_3_an_empty_field_wants_no_coding() {
    check("", [0, 0, 0, 1]);
    check(" \t", [0, 0, 0, 1]);
    check(",,", [0, 0, 0, 1]);
    check_lines(&["", ""], [0, 0, 0, 1]);
    check_choice("", &Coding::ALL, Identity);
}

/// What is known by heart says what it says when it is read, as a list of several lines is.
#[test]
fn what_clients_send_most_is_no_special_case() {
    for value in [
        "gzip, deflate, br, zstd",
        "deflate, gzip, br, zstd",
        "gzip, deflate, br",
        "br, gzip, deflate",
        "gzip, deflate",
        "deflate, gzip",
        "gzip",
        "br",
        "zstd",
        "identity",
        "*",
    ] {
        let read = AcceptEncoding::parse([value.as_bytes(), b""]);
        assert_eq!(parse(value), read, "{value}");
    }
}

/// The examples of the section.
#[test]
fn rfc9110_12_5_3_examples() {
    check("compress, gzip", [0, 0, 1000, 1]);
    check("*", [1000, 1000, 1000, 1000]);
    check("compress;q=0.5, gzip;q=1.0", [0, 0, 1000, 1]);
    check("gzip;q=1.0, identity; q=0.5, *;q=0", [0, 0, 1000, 500]);
}

#[test]
fn rfc9110_12_5_3_the_asterisk_stands_for_what_isnt_named() {
    check("*;q=0.5", [500, 500, 500, 500]);
    check("gzip, *;q=0.5", [500, 500, 1000, 500]);
    check("gzip;q=0, *", [1000, 1000, 0, 1000]);
    check("x-gzip;q=0, *", [1000, 1000, 0, 1000]);
    check("*;q=0, br", [1000, 0, 0, 0]);
    check("*;q=0", [0, 0, 0, 0]);
}

#[test]
fn rfc9110_12_5_3_identity_is_acceptable_unless_refused() {
    check("identity;q=0", [0, 0, 0, 0]);
    check("br, identity;q=0", [1000, 0, 0, 0]);
    check("br, *;q=0", [1000, 0, 0, 0]);
    // Chrome asks so for media: it wants to seek in the bytes.
    check("identity;q=1, *;q=0", [0, 0, 0, 1000]);
    check("identity, *;q=0", [0, 0, 0, 1000]);
}

#[test]
fn rfc9110_12_5_3_identity_that_isnt_named_is_the_last_resort() {
    check("gzip;q=0.5", [0, 0, 500, 1]);
    check_choice("gzip;q=0.5", &Coding::ALL, Gzip);
    check_choice("gzip;q=0.001", &Coding::ALL, Gzip);
    check_choice("gzip;q=0.5", &[Brotli], Identity);
}

#[test]
fn rfc9110_12_4_2_a_weight_has_up_to_three_digits_and_is_at_most_1() {
    for (value, expected) in [
        ("0", 0),
        ("0.", 0),
        ("0.0", 0),
        ("0.000", 0),
        ("0.001", 1),
        ("0.01", 10),
        ("0.5", 500),
        ("0.85", 850),
        ("0.999", 999),
        ("1", 1000),
        ("1.", 1000),
        ("1.0", 1000),
        ("1.000", 1000),
    ] {
        let quality = Quality::parse(value.as_bytes()).map(Quality::thousandths);
        assert_eq!(quality, Some(expected), "{value}");
        check(&format!("br;q={value}"), [expected, 0, 0, 1]);
        check(&format!("br \t;\t Q={value} "), [expected, 0, 0, 1]);
    }
    for value in [
        "", "2", "1.001", "1.1", "1.0000", "0.0000", "0.1234", ".5", "-0", "+1", "00", "01", "0,5",
        "0.5x", "1e0", "0x1", "NaN", "inf", "0. 5", "\"1\"",
    ] {
        assert_eq!(Quality::parse(value.as_bytes()), None, "{value:?}");
    }
}

#[test]
fn a_weight_is_written_as_it_is_read() {
    for thousandths in ["0.000", "0.001", "0.850", "1.000"] {
        assert_eq!(Quality::parse(thousandths.as_bytes()).unwrap().to_string(), thousandths);
    }
    assert!(Quality::ZERO < Quality::LEAST && Quality::LEAST < Quality::ONE);
}

#[test]
fn a_malformed_member_is_as_if_it_werent_there() {
    for garbage in [
        "br;q=2",
        "br;q=",
        "br;q",
        "br;",
        "br;;q=1",
        "br;q=1;",
        "br;q=1;q=1",
        "br;q =1",
        "br;q= 1",
        "br;x=1",
        "br;q=0.1234",
        "br;level=9",
        "br q=1",
        "br=1",
        "b r",
        "brr",
        "br-",
        "\"br\"",
        ";q=1",
        "=",
        "*;q=x",
        "**",
        "br/1",
        "\u{fc}",
        "br\u{a0}",
    ] {
        check(garbage, [0, 0, 0, 1]);
        check(&format!("{garbage}, gzip;q=0.5"), [0, 0, 500, 1]);
        check(&format!("gzip;q=0.5,{garbage}"), [0, 0, 500, 1]);
        check(&format!("gzip;q=0.5,{garbage},zstd"), [0, 1000, 500, 1]);
    }
    // It doesn't name what it seems to name: the asterisk still stands for it.
    check("br;q=x, *;q=0.5", [500, 500, 500, 500]);
}

#[test]
fn names_of_codings_have_no_case_and_are_whole() {
    check("BR, GzIp;q=0.5, ZSTD;q=0.25", [1000, 250, 500, 1]);
    check("X-GZIP", [0, 0, 1000, 1]);
    check("x-gzip-really, gzipped, br2, deflate, compress, x-compress", [0, 0, 0, 1]);
}

#[test]
fn of_a_name_twice_the_lowest_weight_counts() {
    check("gzip, gzip;q=0", [0, 0, 0, 1]);
    check("gzip;q=0, gzip", [0, 0, 0, 1]);
    check("gzip;q=0.8, x-gzip;q=0.3", [0, 0, 300, 1]);
    check("*, *;q=0.5", [500, 500, 500, 500]);
}

#[test]
fn rfc9110_5_3_several_lines_are_one_list() {
    check_lines(&["gzip", "br;q=0.5"], [500, 0, 1000, 1]);
    check_lines(&["gzip;q=0", "*"], [1000, 1000, 0, 1000]);
    // A member ends where its line does.
    check_lines(&["gzip;", "q=0"], [0, 0, 0, 1]);
    check_lines(&["", "br"], [1000, 0, 0, 1]);
}

#[test]
fn the_highest_weight_wins_and_among_equals_br_zstd_gzip_identity() {
    check_choice("gzip, deflate, br, zstd", &Coding::ALL, Brotli);
    check_choice("zstd, gzip, br", &Coding::ALL, Brotli);
    check_choice("gzip, deflate, br, zstd", &[Zstd, Gzip], Zstd);
    check_choice("gzip, deflate, br, zstd", &[Gzip], Gzip);
    check_choice("gzip, deflate, br, zstd", &[], Identity);
    check_choice("gzip, deflate", &Coding::ALL, Gzip);
    check_choice("br;q=0.9, gzip", &Coding::ALL, Gzip);
    check_choice("br;q=0.9, gzip;q=0.9, identity;q=0.9", &Coding::ALL, Brotli);
    check_choice("gzip, identity", &Coding::ALL, Gzip);
    check_choice("gzip;q=0.5, identity", &Coding::ALL, Identity);
    check_choice("*", &Coding::ALL, Brotli);
    check_choice("*", &[], Identity);
    check_choice("identity;q=0, gzip;q=0.001", &Coding::ALL, Gzip);
}

#[test]
fn nothing_acceptable_means_identity() {
    check_choice("identity;q=0", &Coding::ALL, Identity);
    check_choice("*;q=0", &Coding::ALL, Identity);
    check_choice("br, identity;q=0", &[Gzip], Identity);
}

#[test]
fn preferences_go_from_the_best_to_identity() {
    #[track_caller]
    fn check(value: &str, available: Codings, expected: &[Coding]) {
        let preferences = parse(value).preferences(available);
        assert_eq!(preferences.collect::<Vec<_>>(), expected, "{value:?} of {available:?}");
    }
    let all = Codings::ALL;
    check("gzip, deflate, br, zstd", all, &[Brotli, Zstd, Gzip, Identity]);
    check("gzip, br;q=0.5", all, &[Gzip, Brotli, Identity]);
    check("gzip, br;q=0.5, identity;q=0.7", all, &[Gzip, Identity, Brotli]);
    check("gzip, br, identity;q=0", all, &[Brotli, Gzip, Identity]);
    check("gzip, br", all.without(Gzip), &[Brotli, Identity]);
    check("gzip, br", Codings::NONE, &[Identity]);
    check("*;q=0", all, &[Identity]);
    check("", all, &[Identity]);
    let absent = AcceptEncoding::ABSENT.preferences(all);
    assert_eq!(absent.collect::<Vec<_>>(), [Identity, Brotli, Zstd, Gzip]);
    let mut done = AcceptEncoding::ABSENT.preferences(Codings::NONE);
    assert_eq!((done.next(), done.next(), done.next()), (Some(Identity), None, None));
}

#[test]
fn a_long_field_is_read_to_its_end() {
    let long = format!("{}gzip;q=0.5", "x;q=0.1, ".repeat(100_000));
    check(&long, [0, 0, 500, 1]);
}

#[test]
fn values_are_small_and_can_be_shared() {
    fn is_plain<T: Copy + Send + Sync + 'static>() {}
    is_plain::<AcceptEncoding>();
    is_plain::<Codings>();
    assert_eq!(size_of::<AcceptEncoding>(), 8);
    assert_eq!(size_of::<Codings>(), 1);
}
