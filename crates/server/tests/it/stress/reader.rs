//! Those who ask, and judge what they get: each answer is one version, complete, under that version's names, and none
//! that was replaced too long ago.

use std::collections::HashMap;
use std::fmt;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use catzilla_server::Coding;
use catzilla_testkit::decoders::decode;

use super::Random;
use super::file::{File, Group, LINE, Times};
use super::history::State;
use crate::client::{Answer, Client};

/// What a tag of a file stands for, whoever has seen it: it stands for that for ever.
#[derive(Debug, Clone)]
struct Named {
    version: u64,
    /// As they travel.
    bytes: Arc<[u8]>,
}

/// What all readers know.
#[derive(Default)]
pub(super) struct Known {
    tags: Mutex<HashMap<(String, String), Named>>,
    pub(super) whole: AtomicU64,
    pub(super) coded: AtomicU64,
    pub(super) parts: AtomicU64,
    pub(super) unmodified: AtomicU64,
    pub(super) heads: AtomicU64,
    pub(super) absent: AtomicU64,
    pub(super) weak: AtomicU64,
    /// The longest time, in microseconds, that a version was sent after it had been replaced.
    pub(super) latest_us: AtomicU64,
}

impl Known {
    fn named(&self, file: &File, tag: &str) -> Option<Named> {
        let tag = (file.name.clone(), tag.to_owned());
        self.tags.lock().unwrap().get(&tag).cloned()
    }

    /// Whether enough of everything has been seen.
    pub(super) fn is_enough(&self) -> bool {
        let Self { whole, coded, parts, unmodified, heads, absent, weak, .. } = self;
        [whole, coded, parts, unmodified, heads, absent, weak]
            .into_iter()
            .all(|counter| counter.load(Ordering::Relaxed) > 10)
    }
}

impl fmt::Display for Known {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let tags = self.tags.lock().map_or(0, |tags| tags.len());
        let Self { whole, coded, parts, unmodified, heads, absent, weak, latest_us, .. } = self;
        write!(
            f,
            "{tags} tags, {whole:?} whole, {coded:?} coded, {parts:?} parts, {unmodified:?} x 304, {heads:?} heads, \
             {absent:?} x 404, {weak:?} weak; the latest {latest_us:?} \u{b5}s after it was replaced"
        )
    }
}

pub(super) struct Reader<'a> {
    pub(super) groups: &'a [Group],
    pub(super) address: SocketAddr,
    pub(super) known: &'a Known,
    /// How long a version may be sent after the next one was announced.
    pub(super) bound: Duration,
    pub(super) random: Random,
}

/// One question and its answer.
struct Asked<'a> {
    group: &'a Group,
    file: &'a File,
    sent: Instant,
    answer: Answer,
}

impl Reader<'_> {
    pub(super) fn run(&mut self, stop: &AtomicBool) {
        let mut client = Client::connect(self.address);
        let mut remembered: HashMap<String, String> = HashMap::new();
        while !stop.load(Ordering::Relaxed) {
            if self.random.one_in(50) {
                client = Client::connect(self.address);
            }
            let groups = self.groups;
            let group = &groups[self.random.below(groups.len() as u64) as usize];
            let file = &group.files[self.random.below(group.files.len() as u64) as usize];
            self.ask(&mut client, group, file, &mut remembered);
        }
    }

    /// Asks for everything once more: what was announced long ago, and nothing else.
    pub(super) fn last_look(&self) {
        let mut client = Client::connect(self.address);
        for group in self.groups {
            for file in &group.files {
                let sent = Instant::now();
                let answer = client.get(&file.url);
                assert_eq!(answer.status, 200, "{}", file.url);
                self.judge_whole(&Asked { group, file, sent, answer });
            }
        }
    }

    fn ask(
        &mut self,
        client: &mut Client,
        group: &Group,
        file: &File,
        remembered: &mut HashMap<String, String>,
    ) {
        let mut fields: Vec<(&str, String)> = Vec::new();
        let accepts = ["gzip", "br", "zstd", "gzip, br;q=0.5", "*", ""];
        let accept = accepts[self.random.below(accepts.len() as u64) as usize];
        if !accept.is_empty() && self.random.one_in(2) {
            fields.push(("Accept-Encoding", accept.to_owned()));
        }
        let (mut method, mut begin) = ("GET", None);
        let old_tag = remembered.get(&file.name).cloned();
        match self.random.below(6) {
            0 => method = "HEAD",
            1 => {
                fields.clear();
                let line = self.random.below((file.min_len() / LINE - 2) as u64) * LINE as u64;
                fields.push(("Range", format!("bytes={line}-{}", line + 2 * LINE as u64 - 1)));
                begin = Some(line as usize);
            }
            2 | 3 => fields.extend(old_tag.clone().map(|tag| ("If-None-Match", tag))),
            _ => {}
        }
        let fields: Vec<_> = fields.iter().map(|(name, value)| (*name, &**value)).collect();
        let sent = Instant::now();
        let answer = client.ask(method, &file.url, &fields);
        let asked = Asked { group, file, sent, answer };
        match asked.answer.status {
            200 if method == "HEAD" => self.judge_head(&asked),
            200 => {
                self.judge_whole(&asked);
                let tag = asked.answer.field("etag").expect("a tag").to_owned();
                remembered.insert(file.name.clone(), tag);
            }
            206 => self.judge_part(&asked, begin.expect("a part that was asked for")),
            304 => self.judge_unmodified(&asked, &old_tag.expect("a tag that was asked with")),
            404 => {
                count(&self.known.absent);
                self.judge_state(&asked, State::Absent);
            }
            status => panic!("{}: {status} {:?}", file.url, asked.answer.fields),
        }
    }

    fn judge_whole(&self, asked: &Asked<'_>) {
        let answer = &asked.answer;
        let coding = coding_of(answer);
        let plain = match coding {
            Coding::Identity => answer.body.clone(),
            coding => {
                count(&self.known.coded);
                decode(coding, &answer.body, 1 << 24).expect("a body that decodes")
            }
        };
        let version = asked.file.version_of(&plain).expect("a version");
        assert!(
            plain == asked.file.content(version),
            "{}: not exactly version {version}",
            asked.file.url
        );
        count(&self.known.whole);
        self.judge_fields(asked, version);
        self.learn(asked, version);
        self.judge_state(asked, State::Version(version));
    }

    /// A part says which version it is of; the head must agree.
    fn judge_part(&self, asked: &Asked<'_>, begin: usize) {
        let (answer, file) = (&asked.answer, asked.file);
        let version = file.version_of(&answer.body).expect("a version");
        let content = file.content(version);
        let end = begin + 2 * LINE;
        assert!(answer.body == content[begin..end], "{}: not of version {version}", file.url);
        let range = format!("bytes {begin}-{}/{}", end - 1, content.len());
        assert_eq!(answer.field("content-range"), Some(&*range));
        count(&self.known.parts);
        self.judge_fields(asked, version);
        if let Some(named) = self.known.named(file, opaque(answer)) {
            assert_eq!(named.version, version, "{}: the tag of another version", file.url);
        }
        self.judge_state(asked, State::Version(version));
    }

    /// A head is of the version whose tag it has.
    fn judge_head(&self, asked: &Asked<'_>) {
        count(&self.known.heads);
        let answer = &asked.answer;
        let Some(named) = self.known.named(asked.file, opaque(answer)) else { return };
        let length = named.bytes.len().to_string();
        assert_eq!(answer.field("content-length"), Some(&*length), "{}", asked.file.url);
        self.judge_fields(asked, named.version);
        self.judge_state(asked, State::Version(named.version));
    }

    fn judge_unmodified(&self, asked: &Asked<'_>, tag: &str) {
        let opaque_tag = tag.trim_start_matches("W/");
        assert_eq!(opaque(&asked.answer), opaque_tag, "another tag than the one that matched");
        let named = self.known.named(asked.file, opaque_tag).expect("a tag that was seen");
        count(&self.known.unmodified);
        self.judge_state(asked, State::Version(named.version));
    }

    /// What a head says beside the tag.
    fn judge_fields(&self, asked: &Asked<'_>, version: u64) {
        let (answer, file) = (&asked.answer, asked.file);
        let date =
            |name| httpdate::parse_http_date(answer.field(name).expect("a date")).expect("a date");
        match file.modified(version) {
            Some(modified) => {
                assert_eq!(date("last-modified"), modified, "{} {version}", file.url);
            }
            None => assert!(date("last-modified") <= date("date"), "{}", file.url),
        }
        let is_weak = answer.field("etag").expect("a tag").starts_with("W/");
        if is_weak {
            count(&self.known.weak);
        }
        assert!(file.times == Times::Fresh || !is_weak, "{}: an old file is not racy", file.url);
        let is_coded = coding_of(answer) != Coding::Identity;
        assert!(!is_coded || answer.field("vary") == Some("accept-encoding"), "{}", file.url);
    }

    /// The same tag means the same bytes, now and for ever.
    fn learn(&self, asked: &Asked<'_>, version: u64) {
        let mut tags = self.known.tags.lock().unwrap();
        let tag = (asked.file.name.clone(), opaque(&asked.answer).to_owned());
        let named = tags
            .entry(tag)
            .or_insert_with(|| Named { version, bytes: asked.answer.body.as_slice().into() });
        assert_eq!(named.version, version, "{}: one tag for two", asked.file.url);
        assert!(*named.bytes == *asked.answer.body, "{}: one tag for two", asked.file.url);
    }

    fn judge_state(&self, asked: &Asked<'_>, state: State) {
        let history = &asked.group.history;
        let from = asked.sent.checked_sub(self.bound).expect("a clock that has run a while");
        let possible = history.possible(from, Instant::now());
        if let State::Version(version) = state {
            let age = history.age_at(version, asked.sent).as_micros() as u64;
            self.known.latest_us.fetch_max(age, Ordering::Relaxed);
        }
        assert!(
            possible.contains(&state),
            "{}: {state:?} is stale, right were {possible:?}; {:?}",
            asked.file.url,
            asked.answer.fields,
        );
    }
}

/// A tag without its weakness: of content that is hashed, it names the bytes all the same.
fn opaque(answer: &Answer) -> &str {
    answer.field("etag").expect("a tag").trim_start_matches("W/")
}

fn coding_of(answer: &Answer) -> Coding {
    match answer.field("content-encoding") {
        None => Coding::Identity,
        Some("gzip") => Coding::Gzip,
        Some("br") => Coding::Brotli,
        Some("zstd") => Coding::Zstd,
        Some(other) => panic!("{other}"),
    }
}

fn count(counter: &AtomicU64) {
    counter.fetch_add(1, Ordering::Relaxed);
}
