//! Whether a file is what its name says: extension against first bytes, without I/O.
//! What the bytes say is found out in `magic.rs`.

use std::fmt;

use crate::folded::folded;
use crate::magic::{Magic, has_binary_byte, is_comment};

/// Of how many bytes at the beginning of a file [`contradiction`] takes notice: a page, so that one read fetches them.
pub const CONTENT_HEAD: usize = 4096;

/// Whether the name of a file and its first bytes contradict each other. Of `head` the first [`CONTENT_HEAD`] bytes
/// are looked at; of the name, what comes after the last dot, in any case.
///
/// | the name says | extensions | what is refused |
/// |---|---|---|
/// | an image | `jpg` `jpeg` `jpe` `jfif` `png` `apng` `gif` `webp` `avif` `heic` `heif` `bmp` `dib` `ico` `cur` `tif` `tiff` `jp2` `jxl` | [`Magic`] of any other family |
/// | a drawing in XML | `svg` | the same, and other images; HTML may begin with a comment, for so may SVG |
/// | a font | `ttf` `otf` `ttc` `otc` `woff` `woff2` | any other family |
/// | an archive | `tar` `gz` `tgz` `bz2` `tbz2` `xz` `txz` `zst` `tzst` `lz4` `cab` | images, fonts, executables, HTML, scripts |
/// | an archive that may stand behind a program which unpacks it | `zip` `7z` `rar` `jar` `war` `ear` `apk` `aab` `ipa` `xpi` `whl` `nupkg` `vsix` `epub` `kmz` `docx` `docm` `xlsx` `xlsm` `pptx` `pptm` `odt` `ods` `odp` `odg` | images, fonts, HTML |
/// | text, or a script | `html` `htm` `xhtml` `css` `js` `mjs` `cjs` `jsx` `tsx` `json` `jsonld` `webmanifest` `txt` `csv` `tsv` `md` `xml` `rss` `atom` `yaml` `yml` `toml` `ini` `php` `sh` `bash` `py` `rb` `pl` `ps1` `bat` | images, fonts, executables, archives, documents, if there is a byte that no text has |
///
/// Everything else passes: other extensions, bytes that say nothing, a file of no bytes, and one format of a family
/// under the name of another (`.jpg` that is PNG, `.zip` that is gzip). What a text says is never guessed at beyond
/// its first tag: `.js` that is HTML passes, and so does an image with a script behind its magic bytes.
///
/// ```
/// use catzilla_path_security::{Magic, contradiction};
///
/// assert_eq!(contradiction("cat.jpg", b"\xFF\xD8\xFF\xE0"), None);
/// let found = contradiction("cat.jpg", b"<?php system($_GET['c']);").unwrap();
/// assert_eq!(found.magic(), Magic::Script);
/// assert_eq!(found.to_string(), "a script under the name of an image");
/// ```
pub fn contradiction(file_name: &str, head: &[u8]) -> Option<Contradiction> {
    let claim = Claim::of(file_name)?;
    let head = &head[..head.len().min(CONTENT_HEAD)];
    let magic = Magic::of(head)?;
    let is_refused = match (claim, magic) {
        (Claim::Image, magic) => magic != Magic::Image,
        (Claim::Drawing, Magic::Html) => !is_comment(head),
        (Claim::Drawing, Magic::Script) => true,
        (Claim::Drawing | Claim::Text, magic) => magic.is_binary() && has_binary_byte(head),
        (Claim::Font, magic) => magic != Magic::Font,
        (Claim::Archive, magic) => !matches!(magic, Magic::Archive | Magic::Document),
        (Claim::Wrapped, magic) => matches!(magic, Magic::Image | Magic::Font | Magic::Html),
    };
    is_refused.then_some(Contradiction { claim, magic })
}

/// A file whose first bytes are not of what its name says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Contradiction {
    claim: Claim,
    magic: Magic,
}

impl Contradiction {
    /// What the bytes are.
    pub fn magic(&self) -> Magic {
        self.magic
    }
}

impl fmt::Display for Contradiction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = match self.claim {
            Claim::Image => "an image",
            Claim::Drawing => "an SVG",
            Claim::Font => "a font",
            Claim::Archive | Claim::Wrapped => "an archive",
            Claim::Text => "a text",
        };
        write!(f, "{} under the name of {name}", self.magic)
    }
}

/// What a name says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Claim {
    Image,
    Drawing,
    Font,
    Archive,
    /// An archive whose readers look for its beginning, or begin at its end.
    Wrapped,
    Text,
}

impl Claim {
    /// Extensions that mean several things aren't among them (`ts` is TypeScript, and a stream of MPEG), nor is `eot`,
    /// which begins with the length of the file: any bytes.
    #[rustfmt::skip]
    const EXTENSIONS: [(Self, &[&str]); 6] = [
        (Self::Image, &[
            "jpg", "jpeg", "jpe", "jfif", "png", "apng", "gif", "webp", "avif", "heic", "heif", "bmp", "dib", "ico",
            "cur", "tif", "tiff", "jp2", "jxl",
        ]),
        (Self::Drawing, &["svg"]),
        (Self::Font, &["ttf", "otf", "ttc", "otc", "woff", "woff2"]),
        (Self::Archive, &[
            "tar", "gz", "tgz", "bz2", "tbz2", "xz", "txz", "zst", "tzst", "lz4", "cab",
        ]),
        (Self::Wrapped, &[
            "zip", "7z", "rar", "jar", "war", "ear", "apk", "aab", "ipa", "xpi", "whl", "nupkg", "vsix", "epub", "kmz",
            "docx", "docm", "xlsx", "xlsm", "pptx", "pptm", "odt", "ods", "odp", "odg",
        ]),
        (Self::Text, &[
            "html", "htm", "xhtml", "css", "js", "mjs", "cjs", "jsx", "tsx", "json", "jsonld", "webmanifest", "txt",
            "csv", "tsv", "md", "xml", "rss", "atom", "yaml", "yml", "toml", "ini", "php", "sh", "bash", "py", "rb",
            "pl", "ps1", "bat",
        ]),
    ];

    /// By the extension, if it is one of those that mean one thing. A dot at the beginning makes a hidden name, not an
    /// extension.
    fn of(file_name: &str) -> Option<Self> {
        let name = folded(file_name);
        let (stem, extension) = name.rsplit_once('.')?;
        if stem.is_empty() {
            return None;
        }
        let is_one_of =
            |list: &[&str]| list.iter().any(|known| known.eq_ignore_ascii_case(extension));
        Self::EXTENSIONS.into_iter().find(|(_, list)| is_one_of(list)).map(|(claim, _)| claim)
    }
}
