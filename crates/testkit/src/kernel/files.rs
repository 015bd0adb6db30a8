//! Folders, files and links by number, as a file system has them.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::path::{Component, Path, PathBuf};

use catzilla_file_watcher::Events;
use catzilla_file_watcher::mapping::What;

use super::Op;
use super::notices::Notices;

pub(super) type Inode = u64;

const ROOT: Inode = 1;

/// As many as Linux follows.
const MAX_LINKS: u32 = 40;

/// What stands at a path.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Seen {
    /// A folder.
    Folder,
    /// A link with this text.
    Link(PathBuf),
    /// A file: its number, and how often it was written.
    File(u64, u64),
}

#[derive(Debug)]
pub(super) struct Node {
    pub(super) kind: Kind,
    pub(super) is_readable: bool,
    pub(super) device: u64,
}

#[derive(Debug)]
pub(super) enum Kind {
    Folder(BTreeMap<String, Inode>),
    Link(PathBuf),
    /// How often it was written.
    File(u64),
}

#[derive(Debug)]
pub(super) struct Files {
    nodes: HashMap<Inode, Node>,
    next: Inode,
    /// What is said of each device.
    devices: Vec<Events>,
    /// Files that have, or had, two names.
    linked: BTreeSet<Inode>,
}

impl Default for Files {
    fn default() -> Self {
        let root = Node { kind: Kind::Folder(BTreeMap::new()), is_readable: true, device: 0 };
        Self {
            nodes: HashMap::from([(ROOT, root)]),
            next: ROOT + 1,
            devices: vec![Events::Reliable],
            linked: BTreeSet::new(),
        }
    }
}

impl Files {
    pub(super) fn node(&self, inode: Inode) -> &Node {
        &self.nodes[&inode]
    }

    pub(super) fn events(&self, device: u64) -> Events {
        self.devices[device as usize]
    }

    /// What a path leads to; through links on the way, not at its end.
    pub(super) fn find(&self, path: &Path) -> Option<Inode> {
        self.walk(path, &mut 0)
    }

    fn walk(&self, path: &Path, links: &mut u32) -> Option<Inode> {
        let mut at = PathBuf::from("/");
        let mut inode = ROOT;
        for component in path.components() {
            if let Kind::Link(_) = &self.node(inode).kind {
                inode = self.through(&at, links)?;
                at = self.path_of(inode);
            }
            match component {
                Component::Normal(name) => {
                    inode = *self.names(inode)?.get(name.to_str()?)?;
                    at.push(name);
                }
                Component::ParentDir => {
                    at.pop();
                    inode = self.walk(&at.clone(), links)?;
                }
                _ => {}
            }
        }
        Some(inode)
    }

    /// What a path leads to, through a link at its end too.
    fn through(&self, path: &Path, links: &mut u32) -> Option<Inode> {
        let inode = self.walk(path, links)?;
        let Kind::Link(text) = &self.node(inode).kind else {
            return Some(inode);
        };
        *links += 1;
        if *links > MAX_LINKS { None } else { self.through(&path.parent()?.join(text), links) }
    }

    pub(super) fn see(&self, beneath: &Path, path: &Path) -> Option<Seen> {
        let mut inode = self.through(beneath, &mut 0)?;
        for name in path {
            inode = *self.names(inode)?.get(name.to_str()?)?;
        }
        Some(match &self.node(inode).kind {
            Kind::Folder(_) => Seen::Folder,
            Kind::Link(text) => Seen::Link(text.clone()),
            Kind::File(version) => Seen::File(inode, *version),
        })
    }

    /// One of the paths of a folder.
    pub(super) fn path_of(&self, inode: Inode) -> PathBuf {
        if inode == ROOT {
            return "/".into();
        }
        let above = self.nodes.iter().filter_map(|(&folder, node)| {
            let Kind::Folder(names) = &node.kind else { return None };
            let (name, _) = names.iter().find(|(_, held)| **held == inode)?;
            Some((folder, name))
        });
        let (folder, name) = above.min().expect("a folder that is in use has a name");
        self.path_of(folder).join(name)
    }

    pub(super) fn has_linked(&self, inode: Inode) -> bool {
        self.linked.contains(&inode)
    }

    /// Folders that can't be read.
    pub(super) fn unreadable(&self) -> Vec<PathBuf> {
        let mut found = Vec::new();
        self.find_unreadable(ROOT, Path::new("/"), &mut found);
        found
    }

    fn find_unreadable(&self, folder: Inode, path: &Path, found: &mut Vec<PathBuf>) {
        for (name, &inode) in self.names(folder).into_iter().flatten() {
            let path = path.join(name);
            if !self.node(inode).is_readable {
                found.push(path.clone());
            }
            self.find_unreadable(inode, &path, found);
        }
    }

    fn names(&self, inode: Inode) -> Option<&BTreeMap<String, Inode>> {
        match &self.nodes.get(&inode)?.kind {
            Kind::Folder(names) => Some(names),
            _ => None,
        }
    }

    fn names_mut(&mut self, inode: Inode) -> &mut BTreeMap<String, Inode> {
        match self.nodes.get_mut(&inode).map(|node| &mut node.kind) {
            Some(Kind::Folder(names)) => names,
            _ => panic!("{inode} is no folder"),
        }
    }

    /// The folder that a name is in, and the name.
    fn split<'a>(&self, path: &'a Path) -> Option<(Inode, &'a str)> {
        let folder = self.find(path.parent()?)?;
        self.names(folder)?;
        Some((folder, path.file_name()?.to_str()?))
    }

    fn at(&self, (folder, name): (Inode, &str)) -> Option<Inode> {
        self.names(folder)?.get(name).copied()
    }

    pub(super) fn mount(&mut self, folder: &Path, events: Events) {
        let inode = self.find(folder).expect("a folder");
        self.devices.push(events);
        self.nodes.get_mut(&inode).expect("it was found").device = self.devices.len() as u64 - 1;
    }

    pub(super) fn bind(&mut self, folder: &Path, name: &Path) {
        let inode = self.find(folder).expect("a folder");
        let (above, name) = self.split(name).expect("a place for it");
        self.names_mut(above).insert(name.to_owned(), inode);
    }

    /// Whether it happened.
    pub(super) fn perform(&mut self, op: &Op, notices: &mut Notices) -> bool {
        self.try_perform(op, notices).is_some()
    }

    fn try_perform(&mut self, op: &Op, notices: &mut Notices) -> Option<()> {
        match op {
            Op::Write(path) => {
                let place = self.split(path)?;
                let inode = match self.at(place) {
                    Some(inode) => inode,
                    None => self.make(place, Kind::File(0), notices)?,
                };
                let Kind::File(version) = &mut self.nodes.get_mut(&inode)?.kind else {
                    return None;
                };
                *version += 1;
                notices.name(place.0, place.1, What::Written, false);
            }
            Op::Mkdir(path) => {
                self.make(self.split(path)?, Kind::Folder(BTreeMap::new()), notices)?;
            }
            Op::Symlink(path, text) => {
                self.make(self.split(path)?, Kind::Link(text.clone()), notices)?;
            }
            Op::Link(from, to) => {
                let (from, to) = (self.split(from)?, self.split(to)?);
                let inode = self.at(from)?;
                if self.names(inode).is_some() || self.at(to).is_some() {
                    return None;
                }
                self.names_mut(to.0).insert(to.1.to_owned(), inode);
                self.linked.insert(inode);
                notices.name(to.0, to.1, What::Came, false);
            }
            Op::Rename(from, to) => self.rename(from, to, notices)?,
            Op::Exchange(from, to) => {
                if from.starts_with(to) || to.starts_with(from) {
                    return None;
                }
                let (one, other) = (self.split(from)?, self.split(to)?);
                let (first, second) = (self.at(one)?, self.at(other)?);
                self.names_mut(one.0).insert(one.1.to_owned(), second);
                self.names_mut(other.0).insert(other.1.to_owned(), first);
                self.tell_move(one, other, first, notices);
                self.tell_move(other, one, second, notices);
            }
            Op::Remove(path) => self.remove(self.split(path)?, notices)?,
            Op::Readable(path, is_readable) => {
                let place = self.split(path)?;
                let inode = self.at(place)?;
                self.names(inode)?;
                self.nodes.get_mut(&inode)?.is_readable = *is_readable;
                notices.name(place.0, place.1, What::Attributes, true);
                notices.itself(inode, What::Attributes);
            }
        }
        Some(())
    }

    fn make(&mut self, place: (Inode, &str), kind: Kind, notices: &mut Notices) -> Option<Inode> {
        if self.at(place).is_some() {
            return None;
        }
        let inode = self.next;
        self.next += 1;
        let is_folder = matches!(kind, Kind::Folder(_));
        let device = self.node(place.0).device;
        self.nodes.insert(inode, Node { kind, is_readable: true, device });
        self.names_mut(place.0).insert(place.1.to_owned(), inode);
        notices.name(place.0, place.1, What::Came, is_folder);
        Some(inode)
    }

    fn rename(&mut self, from: &Path, to: &Path, notices: &mut Notices) -> Option<()> {
        if to.starts_with(from) {
            return None;
        }
        let (from, to) = (self.split(from)?, self.split(to)?);
        let inode = self.at(from)?;
        let replaced = self.at(to);
        if let Some(replaced) = replaced {
            let allowed = match (self.names(inode), self.names(replaced)) {
                (Some(_), Some(names)) => names.is_empty(),
                (None, None) => replaced != inode,
                _ => false,
            };
            if !allowed {
                return None;
            }
        }
        self.names_mut(from.0).remove(from.1);
        self.names_mut(to.0).insert(to.1.to_owned(), inode);
        self.tell_move(from, to, inode, notices);
        if let Some(replaced) = replaced {
            notices.removed(replaced);
        }
        Some(())
    }

    fn tell_move(
        &self,
        from: (Inode, &str),
        to: (Inode, &str),
        inode: Inode,
        notices: &mut Notices,
    ) {
        let is_folder = self.names(inode).is_some();
        notices.name(from.0, from.1, What::Went, is_folder);
        notices.name(to.0, to.1, What::Came, is_folder);
        if is_folder {
            notices.itself(inode, What::Moved);
        }
    }

    fn remove(&mut self, place: (Inode, &str), notices: &mut Notices) -> Option<()> {
        let inode = self.at(place)?;
        let is_folder = self.names(inode).is_some();
        if is_folder {
            let names: Vec<String> = self.names(inode)?.keys().cloned().collect();
            for name in names {
                self.remove((inode, &name), notices)?;
            }
        }
        self.names_mut(place.0).remove(place.1);
        notices.name(place.0, place.1, What::Went, is_folder);
        if is_folder {
            notices.removed(inode);
        }
        Some(())
    }
}
