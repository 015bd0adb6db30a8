//! Values of any type in a bump arena, which runs no destructors: the list of what is to be dropped.
#![allow(
    unsafe_code,
    reason = "a bump arena forgets types and destructors; this file remembers both"
)]

use std::any::{Any, TypeId};
use std::cell::RefCell;
use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::ptr::NonNull;

use bumpalo::Bump;

use super::ArenaFull;

/// Copies a value to where others find it: the handler, and the chain that is called after this one.
#[derive(Clone, Copy)]
pub(super) struct HandOver {
    to_handler: fn(&dyn Any, &mut http::Extensions),
    to_next: fn(&dyn Any, &Values) -> Result<(), ArenaFull>,
}

impl HandOver {
    pub(super) fn of<T: Any + Send + Sync + Clone>() -> Self {
        Self {
            to_handler: |value, to| {
                if let Some(value) = value.downcast_ref::<T>() {
                    to.insert(value.clone());
                }
            },
            to_next: |value, to| match value.downcast_ref::<T>() {
                Some(value) => to.insert(value.clone(), Some(Self::of::<T>())).map(|_| ()),
                None => Ok(()),
            },
        }
    }
}

/// The values, in the order in which they were put in.
///
/// Invariant: `value` of each entry points to a live value of the type with the id `of`, which `bump` holds, and to which
/// there are no references but shared ones that borrow `self`. It leaves the list before it is dropped, which takes
/// `&mut self`, and the list is empty before `bump` is reset or dropped.
pub(super) struct Values {
    entries: RefCell<Vec<Entry>>,
    bump: Bump,
}

struct Entry {
    of: TypeId,
    value: NonNull<dyn Any + Send>,
    hand_over: Option<HandOver>,
}

// SAFETY: `Bump` is `Send`, and so is every value (`insert` asks for it); pointers to them are followed through `self`
// alone. It is not `Sync`, and neither need values be.
unsafe impl Send for Values {}

impl Values {
    pub(super) fn new(limit: usize) -> Self {
        let bump = Bump::new();
        bump.set_allocation_limit(Some(limit));
        Self { entries: RefCell::default(), bump }
    }

    pub(super) fn insert<T: Any + Send>(
        &self,
        value: T,
        hand_over: Option<HandOver>,
    ) -> Result<&T, ArenaFull> {
        // The list of them counts, too, or values without a size would be free.
        let listed = (self.entries.borrow().len() + 1) * size_of::<Entry>();
        if self.bump.allocation_limit().is_some_and(|limit| listed > limit) {
            return Err(ArenaFull);
        }
        let value = NonNull::from(self.bump.try_alloc(value).map_err(|_| ArenaFull)?);
        self.entries.borrow_mut().push(Entry { of: TypeId::of::<T>(), value, hand_over });
        // SAFETY: by the invariant it lives until `self` is borrowed mutably, and nobody has a mutable reference to it.
        Ok(unsafe { value.as_ref() })
    }

    /// The latest of this type that is wanted.
    pub(super) fn find<T: Any>(&self, is_wanted: impl Fn(&T) -> bool) -> Option<&T> {
        let mut end = self.entries.borrow().len();
        while let Some(at) = end.checked_sub(1) {
            end = at;
            // Not borrowed while somebody else's function runs, which might put a value in.
            let entry = self.entries.borrow().get(at).map(|entry| (entry.of, entry.value))?;
            if entry.0 != TypeId::of::<T>() {
                continue;
            }
            // SAFETY: by the invariant it is a `T` that lives until `self` is borrowed mutably, and nobody has a mutable
            // reference to it.
            let value = unsafe { entry.1.cast::<T>().as_ref() };
            if is_wanted(value) {
                return Some(value);
            }
        }
        None
    }

    pub(super) fn copy(&self, bytes: &[u8]) -> Result<&[u8], ArenaFull> {
        self.bump.try_alloc_slice_copy(bytes).map(|copy| &*copy).map_err(|_| ArenaFull)
    }

    pub(super) fn hand_over(&self, extensions: &mut http::Extensions) {
        let _ = self.each_handed_over(|hand_over, value| {
            (hand_over.to_handler)(value, extensions);
            Ok(())
        });
    }

    pub(super) fn hand_on(&self, to: &Self) -> Result<(), ArenaFull> {
        self.each_handed_over(|hand_over, value| (hand_over.to_next)(value, to))
    }

    fn each_handed_over(
        &self,
        mut each: impl FnMut(HandOver, &dyn Any) -> Result<(), ArenaFull>,
    ) -> Result<(), ArenaFull> {
        let len = self.entries.borrow().len();
        for at in 0..len {
            // Not borrowed while a value is cloned.
            let entry = self.entries.borrow().get(at).map(|entry| (entry.hand_over, entry.value));
            if let Some((Some(hand_over), value)) = entry {
                // SAFETY: by the invariant it lives, and nobody has a mutable reference to it.
                each(hand_over, unsafe { value.as_ref() })?;
            }
        }
        Ok(())
    }

    pub(super) fn clear(&mut self) {
        self.drop_all();
        self.bump.reset();
    }

    /// Drops all, last in, first out. The hook of panics has told of one that panics; the others must be dropped
    /// nonetheless.
    fn drop_all(&mut self) {
        while let Some(entry) = self.entries.get_mut().pop() {
            let value = entry.value.as_ptr();
            // SAFETY: by the invariant it is live, and as it has left the list nobody can reach it again.
            let _ = catch_unwind(AssertUnwindSafe(|| unsafe { value.drop_in_place() }));
        }
    }

    pub(super) fn capacity(&self) -> usize {
        self.bump.allocated_bytes() + self.entries.borrow().capacity() * size_of::<Entry>()
    }
}

impl Drop for Values {
    fn drop(&mut self) {
        self.drop_all();
    }
}

impl fmt::Debug for Values {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Values")
            .field("values", &self.entries.borrow().len())
            .finish_non_exhaustive()
    }
}
