//! Those who change files: by renaming over them, by deleting and making them anew, and folder by folder.
//! What is served is never written in place: that is the business of `in_place.rs`.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use super::Random;
use super::file::{File, Group};
use super::history::State;

/// Changes the files of one group until it is told to stop.
pub(super) struct Writer<'a> {
    pub(super) group: &'a Group,
    pub(super) site: PathBuf,
    /// On the same file system, not served.
    pub(super) beside: PathBuf,
    pub(super) random: Random,
}

impl Writer<'_> {
    /// Makes the first version.
    pub(super) fn prepare(&mut self) {
        fs::create_dir_all(&self.beside).expect("a folder");
        if let Some(folder) = self.group.folder {
            self.move_folder_in(folder);
        } else {
            for file in &self.group.files {
                let place = self.site.join(&file.name);
                fs::create_dir_all(place.parent().expect("a folder")).expect("a folder");
            }
            self.replace();
        }
    }

    pub(super) fn run(&mut self, stop: &AtomicBool) {
        while !stop.load(Ordering::Relaxed) {
            match (self.group.folder, self.group.history.last()) {
                (Some(folder), State::Absent) => self.move_folder_in(folder),
                (Some(folder), State::Version(_)) => self.move_folder_out(folder),
                (None, State::Version(_)) if self.random.one_in(4) => self.delete(),
                (None, State::Absent | State::Version(_)) => self.replace(),
            }
            // Some changes come one right behind the other; mostly there is time to be held.
            if !self.random.one_in(4) {
                let pause = self.random.below(1 + self.group.pause.as_millis() as u64);
                std::thread::sleep(Duration::from_millis(pause));
            }
        }
        // It ends with something to be found.
        if self.group.history.last() == State::Absent {
            match self.group.folder {
                Some(folder) => self.move_folder_in(folder),
                None => self.replace(),
            }
        }
    }

    /// Renames a new version over what stands there, or into its place.
    fn replace(&mut self) {
        let version = self.group.next_version();
        for file in &self.group.files {
            let (new, place) = (self.beside.join("new"), self.site.join(&file.name));
            file.write(version, &new);
            let company_first = self.random.one_in(2);
            if company_first {
                self.replace_sidecars(file, version);
            }
            self.group.history.change(State::Version(version), || {
                fs::rename(&new, &place).expect("rename");
            });
            if !company_first {
                self.replace_sidecars(file, version);
            }
        }
    }

    /// Some are brought up to date, some stay as they are, some vanish.
    fn replace_sidecars(&mut self, file: &File, version: u64) {
        for &(coding, extension) in file.sidecars {
            let place = self.site.join(format!("{}.{extension}", file.name));
            match self.random.below(4) {
                0 => {}
                1 => drop(fs::remove_file(&place)),
                _ => {
                    let new = self.beside.join("sidecar");
                    file.write_sidecar(version, coding, &new);
                    fs::rename(&new, &place).expect("rename");
                }
            }
        }
    }

    fn delete(&self) {
        let file = &self.group.files[0];
        self.group.history.change(State::Absent, || {
            fs::remove_file(self.site.join(&file.name)).expect("remove");
        });
    }

    fn move_folder_in(&mut self, folder: &str) {
        let version = self.group.next_version();
        let new = self.beside.join("folder");
        for file in &self.group.files {
            let name = Path::new(&file.name).strip_prefix(folder).expect("it lies in the folder");
            file.write(version, &new.join(name));
        }
        self.group.history.change(State::Version(version), || {
            fs::rename(&new, self.site.join(folder)).expect("rename");
        });
    }

    /// Away as a whole, or file by file.
    fn move_folder_out(&mut self, folder: &str) {
        let old = self.beside.join("old");
        let place = self.site.join(folder);
        let whole = self.random.one_in(2);
        self.group.history.change(State::Absent, || {
            if whole {
                fs::rename(&place, &old).expect("rename");
            } else {
                fs::remove_dir_all(&place).expect("remove");
            }
        });
        if whole {
            fs::remove_dir_all(&old).expect("remove");
        }
    }
}
