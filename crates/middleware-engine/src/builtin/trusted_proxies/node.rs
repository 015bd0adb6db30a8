//! How fields name an address.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::str::FromStr;

use super::{trim_end_of_list, trim_start};

/// The last element of `X-Forwarded-For`, which nobody has specified: an address with or without port, and IPv6 also without
/// brackets.
pub(super) fn last_of_list(list: &[u8]) -> Option<(&[u8], Option<IpAddr>)> {
    let list = trim_end_of_list(list);
    let comma = list.iter().rposition(|&byte| byte == b',');
    let element = trim_start(&list[comma.map_or(0, |comma| comma + 1)..]);
    let address = address(element).or_else(|| read::<Ipv6Addr>(element));
    (!list.is_empty()).then(|| (&list[..comma.unwrap_or(0)], address))
}

/// The address of `X-Real-IP`, which has no list: written as an element of one.
pub(super) fn only_one(value: &[u8]) -> Option<IpAddr> {
    let (before, address) = last_of_list(value)?;
    address.filter(|_| before.is_empty())
}

/// A node of RFC 7239 section 6, if it is an address: IPv4, or IPv6 in brackets, each with a port or without. A port may be
/// obfuscated (section 6.3), which says nothing about the address.
pub(super) fn address(node: &[u8]) -> Option<IpAddr> {
    let (address, port) = if let [b'[', rest @ ..] = node {
        let end = rest.iter().position(|&byte| byte == b']')?;
        (read::<Ipv6Addr>(&rest[..end])?, &rest[end + 1..])
    } else {
        let end = node.iter().position(|&byte| byte == b':').unwrap_or(node.len());
        (read::<Ipv4Addr>(&node[..end])?, &node[end..])
    };
    is_port(port).then_some(address)
}

fn read<T: FromStr + Into<IpAddr>>(text: &[u8]) -> Option<IpAddr> {
    let address: T = std::str::from_utf8(text).ok()?.parse().ok()?;
    Some(address.into().to_canonical())
}

fn is_port(text: &[u8]) -> bool {
    match text {
        [] => true,
        [b':', b'_', port @ ..] => {
            let is_obfuscated = |byte: &u8| byte.is_ascii_alphanumeric() || b"._-".contains(byte);
            !port.is_empty() && port.iter().all(is_obfuscated)
        }
        [b':', port @ ..] => (1..=5).contains(&port.len()) && port.iter().all(u8::is_ascii_digit),
        _ => false,
    }
}
