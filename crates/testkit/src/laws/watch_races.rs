//! A cache that forgets what it is told to, beside files that change faster than anybody looks: on the kernel in
//! memory, where events are as late as they can be.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use arbitrary::{Result, Unstructured};
use catzilla_file_watcher::mapping::Mapper;
use catzilla_file_watcher::{Change, Coverage, RootId};

use crate::kernel::{Kernel, Op, Seen};

/// The second lies within what the first leads to, now and then.
const ROOTS: [&str; 2] = ["/w/current", "/w/1/a"];
const PLACES: [&str; 5] = ["/w/1", "/w/2", "/w/3", "/w/current", "/x"];
const NAMES: [&str; 3] = ["a", "b", "c"];
const TEXTS: [&str; 7] = ["1", "2", "../w/2", "/w/1", "/x/a", "a", "nowhere"];

/// However files change while events are late, or lost, and roots come and go: when all is handled, the cache holds
/// nothing that is different from what is there, and exactly the folders that matter are watched. Nothing is told of a
/// root that has gone.
///
/// # Panics
///
/// When that isn't so.
pub fn check(data: &[u8]) {
    let kernel = Kernel::of(&["/w/1/a", "/w/2", "/x"]);
    kernel.perform(&Op::Symlink("/w/current".into(), "1".into()));
    let mut mapper = Mapper::new(kernel.clone(), None);
    let mut cache = Cache { kernel: kernel.clone(), ..Cache::default() };
    for (root, path) in ROOTS.iter().enumerate() {
        cache.roots.insert(mapper.add_root(path.into()), root);
    }
    // Whatever an input is too short for, the next one has.
    let _ = operate(&mut Unstructured::new(data), &kernel, &mut mapper, &mut cache);

    // What couldn't be read isn't told until it can be; then all of it is.
    kernel.settle();
    for folder in kernel.unreadable() {
        kernel.perform(&Op::Readable(folder, true));
    }
    while kernel.deliver_together(&mut mapper, 3, &mut |changes| cache.forget(changes)) {}
    for root in mapper.roots() {
        assert_eq!(*mapper.coverage(root), Coverage::Full, "{root:?}: {:#?}", cache.log);
    }
    cache.compare();
    let roots: Vec<_> = cache.roots.values().map(|root| ROOTS[*root]).collect();
    assert_eq!(kernel.watched(), expected(&kernel, &roots), "{:#?}", cache.log);
}

fn operate(
    input: &mut Unstructured<'_>,
    kernel: &Kernel,
    mapper: &mut Mapper<Kernel>,
    cache: &mut Cache,
) -> Result<()> {
    if input.ratio(1, 8)? {
        kernel.set_queue(input.int_in_range(1..=8)?);
    }
    for _ in 0..input.int_in_range(1..=64)? {
        match input.int_in_range(0..=8)? {
            0..=2 => {
                let op = op(input)?;
                cache.log.push(format!("{op:?}"));
                kernel.perform(&op);
            }
            3 => {
                let op = op(input)?;
                cache.log.push(format!("soon: {op:?}"));
                kernel.interfere([op]);
            }
            4..=5 => {
                let count = input.int_in_range(1..=4)?;
                kernel.deliver_together(mapper, count, &mut |changes| cache.forget(changes));
                cache.load_soon = false;
            }
            6 => cache.load_soon = true,
            7 => cache.come_or_go(mapper, input.int_in_range(0..=1)?),
            _ => {
                let root = input.int_in_range(0..=1)?;
                let mut path = PathBuf::new();
                for _ in 0..input.int_in_range(1..=3)? {
                    path.push(input.choose(&NAMES)?);
                }
                cache.load(root, path);
            }
        }
    }
    Ok(())
}

fn op(input: &mut Unstructured<'_>) -> Result<Op> {
    Ok(match input.int_in_range(0..=9)? {
        0 | 1 => Op::Write(place(input)?),
        2 | 3 => Op::Mkdir(place(input)?),
        4 => Op::Symlink(place(input)?, input.choose(&TEXTS)?.into()),
        5 => Op::Link(place(input)?, place(input)?),
        6 => Op::Rename(place(input)?, place(input)?),
        7 => Op::Exchange(place(input)?, place(input)?),
        8 => Op::Remove(place(input)?),
        _ => Op::Readable(place(input)?, input.arbitrary()?),
    })
}

fn place(input: &mut Unstructured<'_>) -> Result<PathBuf> {
    if input.ratio(1, 32)? {
        return Ok("/w".into());
    }
    let mut path = PathBuf::from(input.choose(&PLACES)?);
    for _ in 0..input.int_in_range(0..=3)? {
        path.push(input.choose(&NAMES)?);
    }
    Ok(path)
}

/// What was seen beneath the roots, until told otherwise.
#[derive(Default)]
struct Cache {
    kernel: Kernel,
    /// Which of them are watched, by their number.
    roots: BTreeMap<RootId, usize>,
    held: BTreeMap<(usize, PathBuf), Option<Seen>>,
    /// Whether what is forgotten while events are handled is loaded again at once.
    load_soon: bool,
    log: Vec<String>,
}

impl Cache {
    /// A root that is watched isn't any more, or one that isn't is.
    fn come_or_go(&mut self, mapper: &mut Mapper<Kernel>, root: usize) {
        let number = self.roots.iter().find_map(|(id, held)| (*held == root).then_some(*id));
        self.log.push(format!("{} comes or goes: {number:?}", ROOTS[root]));
        if let Some(number) = number {
            self.roots.remove(&number);
            self.held.retain(|(held, _), _| *held != root);
            assert!(mapper.remove_root(number, &mut |changes| self.forget(changes)));
        } else {
            let number = mapper.add_root(ROOTS[root].into());
            assert_eq!(self.roots.insert(number, root), None, "a number that was used before");
        }
    }

    fn load(&mut self, root: usize, path: PathBuf) {
        if !self.roots.values().any(|watched| *watched == root) {
            return;
        }
        let seen = self.kernel.see(ROOTS[root], &path);
        self.log.push(format!("{}/{} is {seen:?}", ROOTS[root], path.display()));
        self.held.insert((root, path), seen);
    }

    fn forget(&mut self, changes: &[Change]) {
        for change in changes {
            self.log.push(format!("told: {change:?}"));
            let concerned = self.roots[&change.root];
            let forgotten = self
                .held
                .extract_if(.., |(root, path), _| concerned == *root && change.concerns(path));
            let forgotten: Vec<_> = forgotten.map(|(key, _)| key).collect();
            if self.load_soon {
                // Somebody asks before the watches stand.
                for (root, path) in forgotten {
                    self.load(root, path);
                }
            }
        }
    }

    fn compare(&self) {
        for ((root, path), held) in &self.held {
            if matches!(held, Some(Seen::File(file, _)) if self.kernel.has_linked(*file)) {
                continue;
            }
            let seen = self.kernel.see(ROOTS[*root], path);
            assert_eq!(*held, seen, "{}/{}: {:#?}", ROOTS[*root], path.display(), self.log);
        }
    }
}

/// The folders that have to be watched: those on the way to each root, and all beneath it.
fn expected(kernel: &Kernel, roots: &[&str]) -> Vec<PathBuf> {
    let mut expected = BTreeSet::new();
    for root in roots {
        let mut at = PathBuf::from("/");
        let mut todo: Vec<PathBuf> = Path::new(root).iter().rev().map(Into::into).collect();
        let mut links = 0;
        let end = loop {
            let Some(name) = todo.pop() else { break true };
            if name == Path::new("/") {
                at = name;
                continue;
            }
            if name == Path::new("..") {
                at.pop();
                continue;
            }
            expected.insert(at.clone());
            match see(kernel, &at.join(&name)) {
                Some(Seen::Folder) => at.push(name),
                Some(Seen::Link(text)) if links < 40 => {
                    links += 1;
                    todo.extend(text.iter().rev().map(PathBuf::from));
                }
                _ => break false,
            }
        };
        if end {
            expected.extend(folders(kernel, &at));
        }
    }
    expected.into_iter().collect()
}

/// A folder and all beneath it.
fn folders(kernel: &Kernel, at: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    if see(kernel, at) == Some(Seen::Folder) {
        found.push(at.to_owned());
        for name in NAMES.iter().chain(&["w", "x", "1", "2", "3", "current"]) {
            found.extend(folders(kernel, &at.join(name)));
        }
    }
    found
}

fn see(kernel: &Kernel, path: &Path) -> Option<Seen> {
    kernel.see("/", path.strip_prefix("/").unwrap_or(path))
}
