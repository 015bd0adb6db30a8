use catzilla_content_coding::worth;

#[track_caller]
fn check(content_type: &str, expected: bool) {
    assert_eq!(worth::media_type(content_type.as_bytes()), expected, "{content_type:?}");
    let shouted = format!("{}; q=\"x,;\"", content_type.to_ascii_uppercase());
    assert_eq!(worth::media_type(shouted.as_bytes()), expected, "{shouted:?}");
}

#[test]
fn text_shrinks() {
    for content_type in [
        "text/html",
        "text/css",
        "text/javascript",
        "text/plain",
        "text/markdown",
        "text/x-anything",
        "application/javascript",
        "application/x-javascript",
        "application/json",
        "application/xml",
        "application/x-ndjson",
        "application/manifest+json",
        "application/ld+json",
        "application/xhtml+xml",
        "application/rss+xml",
        "application/atom+xml",
        "image/svg+xml",
        "application/wasm",
        "application/toml",
        "application/yaml",
        "application/openapi+yaml",
        "model/gltf+json",
    ] {
        check(content_type, true);
    }
}

#[test]
fn fonts_and_pictures_that_arent_compressed_shrink() {
    for content_type in [
        "font/ttf",
        "font/otf",
        "font/collection",
        "application/vnd.ms-fontobject",
        "application/x-font-ttf",
        "image/bmp",
        "image/x-icon",
        "image/vnd.microsoft.icon",
    ] {
        check(content_type, true);
    }
}

#[test]
fn what_is_compressed_already_is_left_alone() {
    for content_type in [
        "image/png",
        "image/jpeg",
        "image/gif",
        "image/webp",
        "image/avif",
        "font/woff",
        "font/woff2",
        "application/font-woff",
        "application/zip",
        "application/gzip",
        "application/x-xz",
        "application/zstd",
        "application/pdf",
        "application/epub+zip",
        "video/mp4",
        "video/webm",
        "audio/mpeg",
        "audio/ogg",
        "application/octet-stream",
        "multipart/byteranges",
        "application/vnd.android.package-archive",
    ] {
        check(content_type, false);
    }
}

#[test]
fn a_stream_of_events_is_left_alone_because_it_must_not_wait() {
    check("text/event-stream", false);
}

#[test]
fn what_is_no_media_type_is_left_alone() {
    for content_type in
        ["", "text", "text/", "/", "json", "application/jso", "application/json5x", "xml"]
    {
        check(content_type, false);
    }
    assert!(!worth::media_type(b"\xff\xff"));
    assert!(worth::media_type(b"  text/html\t;charset=utf-8"));
    assert!(!worth::media_type(b";text/html"));
}

#[test]
fn a_result_is_worth_it_from_64_bytes_and_a_twentieth_on() {
    #[track_caller]
    fn check(original: u64, encoded: u64, expected: bool) {
        assert_eq!(worth::result(original, encoded), expected, "{encoded} of {original}");
    }
    check(1024, 960, true);
    check(1024, 961, false);
    check(10_000, 9_500, true);
    check(10_000, 9_501, false);
    check(100, 30, true);
    check(100, 37, false);
    check(0, 20, false);
    check(10, 0, false);
    check(10, 1000, false);
    check(u64::MAX, u64::MAX, false);
    check(u64::MAX, 0, true);
}
