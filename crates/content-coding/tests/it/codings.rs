use catzilla_content_coding::Coding::{Brotli, Gzip, Identity, Zstd};
use catzilla_content_coding::{Coding, Codings};

#[test]
fn rfc9110_8_4_1_names_are_those_of_the_registry() {
    for (coding, token) in [(Brotli, "br"), (Zstd, "zstd"), (Gzip, "gzip"), (Identity, "identity")]
    {
        assert_eq!((coding.token(), coding.to_string().as_str()), (token, token));
        assert_eq!(Coding::from_token(token.as_bytes()), Some(coding));
        assert_eq!(Coding::from_token(token.to_ascii_uppercase().as_bytes()), Some(coding));
    }
    assert_eq!(Coding::from_token(b"X-Gzip"), Some(Gzip));
    for token in ["", "b", "gz", "zst", "deflate", "x-br", "gzip ", "identity;"] {
        assert_eq!(Coding::from_token(token.as_bytes()), None, "{token:?}");
    }
}

#[test]
fn a_set_holds_what_is_put_in() {
    let set = Codings::NONE.with(Gzip).with(Brotli).with(Gzip);
    assert_eq!(set.iter().collect::<Vec<_>>(), [Brotli, Gzip]);
    assert_eq!((set.len(), set.is_empty()), (2, false));
    assert!(set.contains(Gzip) && !set.contains(Zstd));
    assert_eq!(set.without(Gzip).without(Zstd), Codings::NONE.with(Brotli));
    assert_eq!(set.union(Codings::NONE.with(Zstd)).len(), 3);
    assert_eq!(set.intersection(Codings::NONE.with(Gzip).with(Zstd)), Codings::NONE.with(Gzip));
    assert_eq!([Gzip, Brotli].into_iter().collect::<Codings>(), set);
    assert_eq!(Codings::ALL.iter().collect::<Vec<_>>(), Coding::ALL);
    assert_eq!(Codings::default(), Codings::NONE);
    assert_eq!(format!("{set:?}"), "{Brotli, Gzip}");
}

#[test]
fn the_tests_have_all_codings() {
    assert_eq!(Codings::BUILT, Codings::ALL);
}
