//! Linked lists in one vector: entries leave from the middle, by number.

/// No node.
const NIL: u32 = u32::MAX;

#[derive(Debug)]
pub(super) struct Arena<T> {
    nodes: Vec<Node<T>>,
    /// The first of the free ones, which are linked by `next`.
    free: u32,
    used: usize,
}

#[derive(Debug)]
struct Node<T> {
    value: Option<T>,
    next: u32,
    previous: u32,
}

/// One list of an [`Arena`]: first in, first out.
#[derive(Debug)]
pub(super) struct List {
    first: u32,
    last: u32,
}

impl List {
    pub(super) const fn new() -> Self {
        Self { first: NIL, last: NIL }
    }

    /// The one that came first.
    pub(super) fn first(&self) -> Option<u32> {
        (self.first != NIL).then_some(self.first)
    }
}

impl<T> Arena<T> {
    pub(super) const fn new() -> Self {
        Self { nodes: Vec::new(), free: NIL, used: 0 }
    }

    pub(super) const fn per_entry() -> u64 {
        size_of::<Node<T>>() as u64
    }

    pub(super) fn len(&self) -> usize {
        self.used
    }

    pub(super) fn get(&self, node: u32) -> Option<&T> {
        self.nodes.get(node as usize)?.value.as_ref()
    }

    pub(super) fn get_mut(&mut self, node: u32) -> Option<&mut T> {
        self.nodes.get_mut(node as usize)?.value.as_mut()
    }

    /// Puts a value at the end of a list.
    ///
    /// # Panics
    ///
    /// With four billion entries.
    pub(super) fn push(&mut self, list: &mut List, value: T) -> u32 {
        let node = Node { value: Some(value), next: NIL, previous: list.last };
        let number = if self.free == NIL {
            let number = u32::try_from(self.nodes.len()).expect("memory ends before numbers do");
            assert!(number != NIL, "memory ends before numbers do");
            self.nodes.push(node);
            number
        } else {
            let number = self.free;
            let place = &mut self.nodes[number as usize];
            self.free = place.next;
            *place = node;
            number
        };
        self.used += 1;
        self.link(list, list.last, number, NIL);
        number
    }

    /// Takes a value out of the list that it is on.
    pub(super) fn remove(&mut self, list: &mut List, number: u32) -> Option<T> {
        let node = self.nodes.get_mut(number as usize)?;
        let value = node.value.take()?;
        let (previous, next) = (node.previous, node.next);
        node.next = self.free;
        self.free = number;
        self.used -= 1;
        self.unlink(list, previous, next);
        Some(value)
    }

    /// Moves a value from where it is to the end of a list, which may be the same one.
    pub(super) fn move_to_end(&mut self, from: &mut List, number: u32) {
        let node = &self.nodes[number as usize];
        let (previous, next) = (node.previous, node.next);
        self.unlink(from, previous, next);
        let last = from.last;
        self.link(from, last, number, NIL);
    }

    /// Gives back the memory of an arena in which nothing is left.
    pub(super) fn shrink(&mut self) {
        if self.used == 0 {
            *self = Self::new();
        }
    }

    fn link(&mut self, list: &mut List, previous: u32, number: u32, next: u32) {
        let node = &mut self.nodes[number as usize];
        node.previous = previous;
        node.next = next;
        match self.nodes.get_mut(previous as usize) {
            Some(node) => node.next = number,
            None => list.first = number,
        }
        list.last = number;
    }

    fn unlink(&mut self, list: &mut List, previous: u32, next: u32) {
        match self.nodes.get_mut(previous as usize) {
            Some(node) => node.next = next,
            None => list.first = next,
        }
        match self.nodes.get_mut(next as usize) {
            Some(node) => node.previous = previous,
            None => list.last = previous,
        }
    }
}
