//! From the words of `notify` to ours.

use std::path::Path;

use notify::EventKind;
use notify::event::{
    AccessKind, AccessMode, CreateKind, MetadataKind, ModifyKind, RemoveKind, RenameMode,
};

use crate::mapping::{Event, WatchId, What};

/// Gives each thing that an event of a watch over a folder says, in our words.
///
/// Platforms differ in how much they know. What is vague becomes "the name has come": the mapping looks what is there.
pub(super) fn translate(
    watch: WatchId,
    folder: &Path,
    told: &notify::Result<notify::Event>,
    give: &mut impl FnMut(Event<'_>),
) {
    let Ok(event) = told else {
        // Whatever it was: what is watched has to be found out anew.
        return give(Event::lost());
    };
    if event.need_rescan() {
        return give(Event::lost());
    }
    for (index, path) in event.paths.iter().enumerate() {
        let Some((what, is_folder)) = word(event.kind, index) else {
            continue;
        };
        match path.strip_prefix(folder) {
            Ok(name) if name.as_os_str().is_empty() => give(Event::itself(watch, itself(what))),
            Ok(name) => give(Event::of(watch, name, what, is_folder)),
            // The other half of a rename that leaves the folder is told by that one's watch.
            Err(_) if event.paths.len() > 1 => {}
            Err(_) => give(Event::lost()),
        }
    }
}

fn word(kind: EventKind, index: usize) -> Option<(What, Option<bool>)> {
    Some(match kind {
        EventKind::Access(AccessKind::Close(AccessMode::Write)) => (What::Written, Some(false)),
        EventKind::Access(_)
        | EventKind::Modify(ModifyKind::Metadata(MetadataKind::AccessTime)) => return None,
        EventKind::Create(CreateKind::File) => (What::Came, Some(false)),
        EventKind::Create(CreateKind::Folder) => (What::Came, Some(true)),
        EventKind::Remove(RemoveKind::File) => (What::Went, Some(false)),
        EventKind::Remove(RemoveKind::Folder) => (What::Went, Some(true)),
        EventKind::Remove(_) | EventKind::Modify(ModifyKind::Name(RenameMode::From)) => {
            (What::Went, None)
        }
        EventKind::Modify(ModifyKind::Name(RenameMode::Both)) if index == 0 => (What::Went, None),
        EventKind::Modify(ModifyKind::Data(_)) => (What::Written, None),
        EventKind::Modify(ModifyKind::Metadata(_)) => (What::Attributes, None),
        EventKind::Create(_) | EventKind::Modify(_) | EventKind::Any | EventKind::Other => {
            (What::Came, None)
        }
    })
}

/// What it means when the watched folder itself is named.
fn itself(what: What) -> What {
    match what {
        What::Went => What::Moved,
        // Some platforms tell of a folder that was there before, each time that it is watched.
        _ => What::Attributes,
    }
}
