//! Who may connect: how many in all, and how many from one address. A connection holds its admission as a
//! guard, so that neither an error nor a panic can leak it.

use std::collections::HashMap;
use std::net::{IpAddr, Ipv6Addr};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use crate::descriptors::descriptor_limit;
use crate::limits::Limits;

/// The count of connections of all workers.
#[derive(Debug)]
pub(crate) struct Admission {
    max: usize,
    max_per_address: usize,
    exempt_loopback: bool,
    open: AtomicUsize,
    by_address: Mutex<HashMap<IpAddr, usize>>,
}

/// The right to hold one connection, given back on drop.
#[derive(Debug)]
pub(crate) struct Admitted {
    admission: Arc<Admission>,
    /// `None` when the address is not counted.
    address: Option<IpAddr>,
}

impl Admission {
    pub(crate) fn new(limits: &Limits) -> Self {
        Self {
            max: limits.max_connections.unwrap_or_else(descriptor_budget),
            max_per_address: limits.max_connections_per_address,
            exempt_loopback: limits.exempt_loopback,
            open: AtomicUsize::new(0),
            by_address: Mutex::new(HashMap::new()),
        }
    }

    /// Lets a client in, or says no.
    pub(crate) fn admit(self: &Arc<Self>, address: IpAddr) -> Option<Admitted> {
        if self.open.fetch_add(1, Ordering::Relaxed) >= self.max {
            self.open.fetch_sub(1, Ordering::Relaxed);
            return None;
        }
        let mut admitted = Admitted { admission: Arc::clone(self), address: None };
        if self.exempt_loopback && address.to_canonical().is_loopback() {
            return Some(admitted);
        }
        let client = client_of(address);
        {
            let mut by_address = self.by_address.lock().unwrap_or_else(PoisonError::into_inner);
            let open = by_address.entry(client).or_insert(0);
            if *open >= self.max_per_address {
                return None;
            }
            *open += 1;
        }
        admitted.address = Some(client);
        Some(admitted)
    }
}

impl Drop for Admitted {
    fn drop(&mut self) {
        self.admission.open.fetch_sub(1, Ordering::Relaxed);
        let Some(client) = self.address else { return };
        let mut by_address =
            self.admission.by_address.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(open) = by_address.get_mut(&client) {
            *open -= 1;
            if *open == 0 {
                by_address.remove(&client);
            }
        }
    }
}

/// The unit that is counted: one IPv4 address, or one IPv6 network of 64 bits, which is what one
/// subscriber gets.
fn client_of(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(v6) => {
            let [a, b, c, d, ..] = v6.segments();
            IpAddr::V6(Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0))
        }
        v4 @ IpAddr::V4(_) => v4,
    }
}

/// How many connections the descriptor limit of the process allows: each may hold a socket and an open
/// file, and some descriptors belong to listeners, roots and the runtime.
fn descriptor_budget() -> usize {
    (descriptor_limit().saturating_sub(64) * 4 / 5).max(16)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn admission(max: usize, max_per_address: usize, exempt_loopback: bool) -> Arc<Admission> {
        let limits = Limits {
            max_connections: Some(max),
            max_connections_per_address: max_per_address,
            exempt_loopback,
            ..Limits::default()
        };
        Arc::new(Admission::new(&limits))
    }

    fn ip(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    #[test]
    fn the_limit_in_all_holds_and_a_closed_connection_makes_room() {
        let admission = admission(2, 10, true);
        let first = admission.admit(ip("127.0.0.1")).unwrap();
        let _second = admission.admit(ip("192.0.2.1")).unwrap();
        assert!(admission.admit(ip("192.0.2.2")).is_none());
        drop(first);
        assert!(admission.admit(ip("192.0.2.2")).is_some());
    }

    #[test]
    fn the_limit_per_address_counts_networks_of_64_bits_and_mapped_addresses_as_one() {
        let admission = admission(100, 1, true);
        let v4 = admission.admit(ip("192.0.2.1")).unwrap();
        assert!(admission.admit(ip("::ffff:192.0.2.1")).is_none(), "the same client, mapped");
        assert!(admission.admit(ip("192.0.2.2")).is_some(), "another client");
        let _v6 = admission.admit(ip("2001:db8::1")).unwrap();
        assert!(admission.admit(ip("2001:db8::2")).is_none(), "the same network");
        assert!(admission.admit(ip("2001:db8:0:1::1")).is_some(), "another network");
        drop(v4);
        assert!(admission.admit(ip("192.0.2.1")).is_some());
        assert_eq!(admission.by_address.lock().unwrap().len(), 1, "closed clients are forgotten");
    }

    #[test]
    fn loopback_counts_only_when_told_to() {
        let lenient = admission(100, 1, true);
        let _a = lenient.admit(ip("127.0.0.1")).unwrap();
        assert!(lenient.admit(ip("::1")).is_some() && lenient.admit(ip("127.0.0.1")).is_some());
        let strict = admission(100, 1, false);
        let _b = strict.admit(ip("127.0.0.1")).unwrap();
        assert!(strict.admit(ip("127.0.0.1")).is_none());
    }
}
