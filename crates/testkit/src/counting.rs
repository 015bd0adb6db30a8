//! Counts the allocations of a thread and their bytes, and those of all threads together, to prove that something
//! makes none, or what something takes.

#![allow(unsafe_code, reason = "an allocator that counts is still an allocator")]

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Of all threads.
static TOTAL: AtomicUsize = AtomicUsize::new(0);

thread_local! {
    static ALLOCATIONS: Cell<usize> = const { Cell::new(0) };
    static BYTES: Cell<isize> = const { Cell::new(0) };
    static PEAK: Cell<isize> = const { Cell::new(0) };
}

/// The system's allocator, counted: a test binary makes it its `#[global_allocator]`.
#[derive(Debug)]
pub struct Counting;

/// How many times `work` allocates, on this thread, under [`Counting`]; growing counts as well.
pub fn allocations(work: impl FnOnce()) -> usize {
    let before = ALLOCATIONS.get();
    work();
    ALLOCATIONS.get() - before
}

/// How many times all threads allocate while `work` runs, under [`Counting`]: for work that other threads do.
pub fn allocations_of_all_threads(work: impl FnOnce()) -> usize {
    let before = TOTAL.load(Ordering::SeqCst);
    work();
    TOTAL.load(Ordering::SeqCst) - before
}

/// How many bytes this thread has allocated and not given back, under [`Counting`]. What other threads give back isn't
/// seen, so it is for work on one thread.
pub fn bytes_in_use() -> isize {
    BYTES.get()
}

/// How many bytes this thread holds at most while `work` runs, under [`Counting`], beyond what it held before. A block
/// that grows counts with both of its sizes for that moment.
pub fn peak_bytes(work: impl FnOnce()) -> usize {
    let before = BYTES.get();
    PEAK.set(before);
    work();
    (PEAK.get() - before).unsigned_abs()
}

fn count(bytes: usize) {
    TOTAL.fetch_add(1, Ordering::Relaxed);
    ALLOCATIONS.set(ALLOCATIONS.get() + 1);
    take(bytes);
}

/// No allocation is larger than `isize::MAX`: that is what a [`Layout`] promises.
fn take(bytes: usize) {
    BYTES.set(BYTES.get().wrapping_add_unsigned(bytes));
    PEAK.set(PEAK.get().max(BYTES.get()));
}

fn give_back(bytes: usize) {
    BYTES.set(BYTES.get().wrapping_sub_unsigned(bytes));
}

// SAFETY: every call goes to `System` as it came, and its answer goes back; counting touches
// nothing but an atomic and thread-local numbers that need neither a heap nor a destructor.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        count(layout.size());
        // SAFETY: the caller's promise.
        unsafe { System.alloc(layout) }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        count(layout.size());
        // SAFETY: the caller's promise.
        unsafe { System.alloc_zeroed(layout) }
    }

    unsafe fn realloc(&self, block: *mut u8, layout: Layout, new_size: usize) -> *mut u8 {
        count(new_size);
        give_back(layout.size());
        // SAFETY: the caller's promise.
        unsafe { System.realloc(block, layout, new_size) }
    }

    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        give_back(layout.size());
        // SAFETY: the caller's promise.
        unsafe { System.dealloc(block, layout) }
    }
}
