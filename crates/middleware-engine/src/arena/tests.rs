use std::cell::Cell;
use std::sync::{Arc, Mutex};

use super::*;

/// Writes down when it is dropped.
struct Dropped(&'static str, Arc<Mutex<Vec<&'static str>>>);

impl Drop for Dropped {
    fn drop(&mut self) {
        self.1.lock().unwrap().push(self.0);
        assert!(self.0 != "panics", "as it was told to");
    }
}

#[test]
fn the_latest_of_a_type_is_found() {
    let mut arena = RequestArena::new(4096);
    arena.insert(1_u32).unwrap();
    arena.insert("a".to_owned()).unwrap();
    let first = arena.get::<u32>();
    arena.insert(3_u32).unwrap();
    assert_eq!((first, arena.get::<u32>()), (Some(&1), Some(&3)));
    assert_eq!(arena.get::<String>().unwrap(), "a");
    assert_eq!(arena.get::<u64>(), None);
    arena.clear();
    assert_eq!(arena.get::<u32>(), None);
}

#[test]
fn what_is_to_change_is_a_cell() {
    let arena = RequestArena::new(4096);
    let count = arena.insert(Cell::new(1)).unwrap();
    arena.get::<Cell<i32>>().unwrap().set(2);
    assert_eq!(count.get(), 2);
}

#[test]
fn a_search_may_put_values_in() {
    let arena = RequestArena::new(4096);
    arena.insert(1_u8).unwrap();
    let found = arena.find(|&value: &u8| {
        arena.insert(2_u8).unwrap();
        value == 1
    });
    assert_eq!((found, arena.get::<u8>()), (Some(&1), Some(&2)));
}

#[test]
fn values_without_size_are_values() {
    #[derive(Debug, PartialEq)]
    struct Marker;
    let arena = RequestArena::new(4096);
    arena.insert(Marker).unwrap();
    assert_eq!(arena.get::<Marker>(), Some(&Marker));
}

#[test]
fn values_with_alignment_are_aligned() {
    #[repr(align(64))]
    struct Aligned(u8);
    let arena = RequestArena::new(4096);
    arena.insert(1_u8).unwrap();
    let at = std::ptr::from_ref(arena.insert(Aligned(7)).unwrap()) as usize;
    assert_eq!(at % 64, 0);
    assert_eq!(arena.get::<Aligned>().unwrap().0, 7);
}

#[test]
fn they_are_dropped_last_in_first_out_even_where_one_panics() {
    let log = Arc::default();
    let mut arena = RequestArena::new(4096);
    for name in ["first", "panics", "last"] {
        arena.insert(Dropped(name, Arc::clone(&log))).unwrap();
    }
    arena.clear();
    assert_eq!(*log.lock().unwrap(), ["last", "panics", "first"]);
    arena.insert(Dropped("dropped with the arena", Arc::clone(&log))).unwrap();
    drop(arena);
    assert_eq!(log.lock().unwrap().last(), Some(&"dropped with the arena"));
}

#[test]
fn they_are_dropped_on_unwind() {
    let log = Arc::<Mutex<Vec<_>>>::default();
    let kept = Arc::clone(&log);
    let _ = std::panic::catch_unwind(move || {
        let arena = RequestArena::new(4096);
        arena.insert(Dropped("a", log)).unwrap();
        panic!("in mid-request");
    });
    assert_eq!(*kept.lock().unwrap(), ["a"]);
}

#[test]
fn beyond_the_limit_there_is_no_room_and_the_rest_stays() {
    let log = Arc::default();
    let mut arena = RequestArena::new(1024);
    arena.insert(Dropped("kept", Arc::clone(&log))).unwrap();
    assert!(arena.insert([0_u8; 4096]).is_err());
    assert_eq!(arena.copy(&[0; 4096]), Err(ArenaFull));
    assert!(arena.get::<Dropped>().is_some());
    assert!(arena.capacity() <= 2048);
    arena.clear();
    assert_eq!(*log.lock().unwrap(), ["kept"]);
    assert_eq!(arena.copy(b"abc"), Ok(&b"abc"[..]));
}

#[test]
fn values_without_size_have_a_limit_too() {
    let arena = RequestArena::new(4096);
    assert!((0..4096).any(|_| arena.insert(()).is_err()));
}

#[test]
fn the_handler_is_given_what_is_provided() {
    let arena = RequestArena::new(4096);
    arena.provide(Arc::new(1_u8)).unwrap();
    arena.insert(2_u16).unwrap();
    arena.provide(3_u32).unwrap();
    arena.provide(4_u32).unwrap();
    let mut extensions = http::Extensions::new();
    arena.hand_over(&mut extensions);
    assert_eq!(extensions.get::<Arc<u8>>(), Some(&Arc::new(1)));
    assert_eq!(extensions.get::<u16>(), None);
    assert_eq!(extensions.get::<u32>(), Some(&4));
}

#[test]
fn the_next_chain_is_given_the_same() {
    let (arena, next) = (RequestArena::new(4096), RequestArena::new(4096));
    arena.provide(1_u8).unwrap();
    arena.insert(2_u16).unwrap();
    arena.provide(3_u32).unwrap();
    assert_eq!(arena.hand_on(&next), Ok(()));
    assert_eq!(
        (next.get::<u8>(), next.get::<u16>(), next.get::<u32>()),
        (Some(&1), None, Some(&3))
    );
    let mut extensions = http::Extensions::new();
    next.hand_over(&mut extensions);
    assert_eq!(extensions.get::<u32>(), Some(&3), "and the handler is");
    arena.provide([0_u8; 1000]).unwrap();
    assert_eq!(arena.hand_on(&RequestArena::new(500)), Err(ArenaFull));
}

#[test]
fn its_memory_is_kept() {
    let mut arena = RequestArena::new(4096);
    arena.insert([0_u8; 300]).unwrap();
    let capacity = arena.capacity();
    arena.clear();
    arena.insert([0_u8; 300]).unwrap();
    assert_eq!(arena.capacity(), capacity);
}
