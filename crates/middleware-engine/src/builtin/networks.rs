//! Networks as people write them, and what was decided for each address.

use std::fmt;
use std::net::IpAddr;

use ipnet::{IpNet, Ipv4Net};

/// Reads a network: `10.0.0.0/8`, `2001:db8::/32`, or an address alone. One of IPv4 that is written as IPv6
/// (`::ffff:10.0.0.0/104`) is that of IPv4.
pub(crate) fn parse(text: &str) -> Result<IpNet, NetworkError> {
    let error = |why| NetworkError { text: text.to_owned(), why };
    let network = match text.parse::<IpAddr>() {
        Ok(address) => IpNet::from(address),
        Err(_) => text.parse::<IpNet>().map_err(|_| error(Why::NoNetwork))?,
    };
    if network.addr() != network.network() {
        return Err(error(Why::HostBits(network.trunc())));
    }
    Ok(canonical(network))
}

fn canonical(network: IpNet) -> IpNet {
    if let IpNet::V6(v6) = network
        && let Some(v4) = v6.addr().to_ipv4_mapped()
        && let Some(len) = v6.prefix_len().checked_sub(96)
        && let Ok(v4) = Ipv4Net::new(v4, len)
    {
        return v4.into();
    }
    network
}

/// A text that is no network.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NetworkError {
    text: String,
    why: Why,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Why {
    NoNetwork,
    HostBits(IpNet),
}

impl fmt::Display for NetworkError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?} ", self.text)?;
        match &self.why {
            Why::NoNetwork => f.write_str(
                "is no network: write an address (192.0.2.1, 2001:db8::1) or one with a prefix length \
                 (192.0.2.0/24, 2001:db8::/32)",
            ),
            Why::HostBits(network) => {
                write!(f, "has bits beyond its prefix: write {network}, if that is meant")
            }
        }
    }
}

impl std::error::Error for NetworkError {}

/// What a list of networks says of each address, where the first that contains it decides: ranges without gaps and
/// overlaps, so that a long list costs a binary search.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Decisions {
    v4: Box<[(u128, bool)]>,
    v6: Box<[(u128, bool)]>,
}

impl Decisions {
    pub(crate) fn new(rules: &[(IpNet, bool)], otherwise: bool) -> Self {
        let of = |is_v4: bool| {
            let rules =
                rules.iter().filter(|(network, _)| matches!(network, IpNet::V4(_)) == is_v4);
            ranges(rules.map(|(network, decision)| (span(network), *decision)), otherwise)
        };
        Self { v4: of(true), v6: of(false) }
    }

    /// `address` is canonical: none of IPv4 that is mapped into IPv6.
    pub(crate) fn of(&self, address: IpAddr) -> bool {
        let (ranges, bits) = match address {
            IpAddr::V4(address) => (&self.v4, u128::from(address.to_bits())),
            IpAddr::V6(address) => (&self.v6, address.to_bits()),
        };
        // The first one begins at zero, so there is one before every other.
        ranges[ranges.partition_point(|range| range.0 <= bits) - 1].1
    }
}

/// First and last address.
fn span(network: &IpNet) -> (u128, u128) {
    match network {
        IpNet::V4(network) => {
            (network.network().to_bits().into(), network.broadcast().to_bits().into())
        }
        IpNet::V6(network) => (network.network().to_bits(), network.broadcast().to_bits()),
    }
}

/// Where decisions change: each range goes from its start to that of the next.
fn ranges(
    rules: impl Iterator<Item = ((u128, u128), bool)>,
    otherwise: bool,
) -> Box<[(u128, bool)]> {
    let rules: Vec<_> = rules.collect();
    // Networks nest or are apart. In the order of their starts, larger ones first, those that contain an address are the
    // ones that are open there.
    let mut order: Vec<usize> = (0..rules.len()).collect();
    order.sort_by_key(|&rule| (rules[rule].0.0, std::cmp::Reverse(rules[rule].0.1), rule));
    let mut ranges = vec![(0, otherwise)];
    // Last address, and the first rule of all that contain it.
    let mut open: Vec<(u128, usize)> = Vec::new();
    let decide = |open: &[(u128, usize)]| open.last().map_or(otherwise, |top| rules[top.1].1);
    let mut change = |start, decision| {
        if ranges.last().is_some_and(|last| last.0 == start) {
            ranges.pop();
        }
        if ranges.last().is_none_or(|last| last.1 != decision) {
            ranges.push((start, decision));
        }
    };
    for rule in order {
        let (first, last) = rules[rule].0;
        while let Some(top) = open.pop_if(|top| top.0 < first) {
            change(top.0 + 1, decide(&open));
        }
        let decider = open.last().map_or(rule, |top| top.1.min(rule));
        open.push((last, decider));
        change(first, decide(&open));
    }
    while let Some(top) = open.pop() {
        if let Some(start) = top.0.checked_add(1) {
            change(start, decide(&open));
        }
    }
    ranges.into()
}

#[cfg(test)]
mod tests;
