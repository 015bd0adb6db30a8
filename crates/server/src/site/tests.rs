use super::*;

/// What paths are made of: each of them so often that they meet in all ways.
const PARTS: [&str; 10] = ["/", "a", "b", ".", "%", "%61", "%2f", "%2E", "\\", "\u{e4}"];

#[test]
fn a_path_belongs_to_the_same_mount_however_it_is_found() {
    let folder = tempfile::tempdir().unwrap();
    for prefixes in
        [&["/"][..], &["/a"], &["/a", "/"], &["/a/b", "/a", "/"], &["/aa", "/a.b", "/b"]]
    {
        let configs = prefixes.iter().map(|prefix| MountConfig::new(*prefix, folder.path()));
        let site = Site::build(configs.collect()).unwrap();
        let longest = site.mounts[0].prefix.as_bytes().len();
        let mut plain = 0;
        for number in 0..10_u32.pow(5) {
            let parts = (0..5).map(|digit| PARTS[(number / 10_u32.pow(digit) % 10) as usize]);
            let path = format!("/{}", parts.collect::<String>());
            let path = path.as_bytes();
            let expected = site.position_by_text(path);
            assert_eq!(site.position_of(path), expected, "{prefixes:?} {}", path.escape_ascii());
            plain += u32::from(begins_plainly(path, longest));
        }
        assert!(plain > 0, "{prefixes:?}");
    }
}

#[test]
fn what_could_be_read_otherwise_is_read() {
    for (path, longest, expected) in [
        ("/", 0, true),
        ("/other/x", 5, true),
        ("/index.html", 5, true),
        ("/o/%2e%2e/x", 1, true),
        ("/other%2fx", 5, false),
        ("/%6fther", 5, false),
        ("//other", 5, false),
        ("/./other", 5, false),
        ("/a//b", 3, false),
        ("/a/./b", 3, false),
        ("/../other", 5, false),
        ("/a\\b", 3, false),
        ("*", 0, false),
        ("", 0, false),
    ] {
        assert_eq!(begins_plainly(path.as_bytes(), longest), expected, "{path} {longest}");
    }
}
