//! `Forwarded`, `X-Forwarded-For` and `X-Real-IP`, beside a walk over a list that was never a text.

use std::net::{IpAddr, SocketAddr};

use arbitrary::{Result, Unstructured};
use catzilla_middleware_engine::RequestView;
use catzilla_middleware_engine::builtin::{ForwardedField, TrustedProxies};

const TRUSTED: [&str; 3] = ["10.0.0.0/8", "2001:db8::/32", "192.0.2.1"];
const ADDRESSES: [&str; 9] = [
    "10.1.2.3",
    "2001:db8::1",
    "192.0.2.1",
    "::ffff:10.0.0.7",
    "192.0.2.2",
    "2001:db9::1",
    "::ffff:198.51.100.1",
    "0.0.0.0",
    "::",
];
/// Those that proxies append to.
const FIELDS: [(ForwardedField, &str); 2] =
    [(ForwardedField::XForwardedFor, "X-Forwarded-For"), (ForwardedField::Forwarded, "forwarded")];
/// What a client may have sent.
const HOSTILE: [&str; 12] = [
    "for=\"",
    "\\",
    "\\\"",
    "for=\"10.0.0.1\", for=\"10.0.0.1",
    "10.0.0.1",
    "for=10.0.0.1",
    "for=\"10.0.0.1\";for=10.0.0.2",
    "=",
    ";",
    ",",
    "[::1",
    "unknown",
];

/// A peer that isn't trusted is the client. Of one that is, the client is the peer or an address that stands in the field;
/// and what proxies have appended is read as they meant it, whatever stands before.
///
/// # Panics
///
/// When that isn't so.
pub fn check(data: &[u8]) {
    let lines: Vec<Vec<u8>> = data.split(|&byte| byte == b'\n').map(<[u8]>::to_vec).collect();
    for (field, name) in FIELDS.into_iter().chain([(ForwardedField::XRealIp, "x-real-ip")]) {
        from_the_request(field, name, "10.0.0.1", lines.clone());
        from_the_request(field, name, "198.51.100.9", lines.clone());
    }
    // Whatever an input is too short for, the next one has.
    let _ = appended(&mut Unstructured::new(data));
}

struct Request {
    peer: SocketAddr,
    lines: Vec<(&'static str, Vec<u8>)>,
}

impl RequestView for Request {
    fn method(&self) -> &'static str {
        "GET"
    }

    fn path(&self) -> &[u8] {
        b"/"
    }

    fn peer(&self) -> Option<SocketAddr> {
        Some(self.peer)
    }

    fn line(&self, index: usize) -> Option<(&[u8], &[u8])> {
        let (name, value) = self.lines.get(index)?;
        Some((name.as_bytes(), value))
    }
}

fn from_the_request(
    field: ForwardedField,
    name: &'static str,
    peer: &str,
    lines: Vec<Vec<u8>>,
) -> IpAddr {
    let proxies = TrustedProxies::new(TRUSTED).expect("networks").field(field);
    let peer: IpAddr = peer.parse().expect("an address");
    let mut named: Vec<IpAddr> = lines.iter().flat_map(|line| addresses(line)).collect();
    let mut lines: Vec<_> = lines.into_iter().map(|line| (name, line)).collect();
    let other = if name == "forwarded" { "x-forwarded-for" } else { "forwarded" };
    lines.insert(lines.len() / 2, (other, b"198.51.100.77".to_vec()));
    lines.push((other, b"for=198.51.100.77".to_vec()));
    let request = Request { peer: SocketAddr::new(peer, 1), lines };
    let client = proxies.client(&request).expect("an address");
    named.push(peer.to_canonical());
    let show = || format!("{client} of {:?} from {peer}", request.lines);
    assert!(named.contains(&client), "{}", show());
    assert!(trusts(peer) || client == peer.to_canonical(), "{}", show());
    client
}

fn trusts(address: IpAddr) -> bool {
    match address.to_canonical() {
        IpAddr::V4(address) => address.octets()[0] == 10 || address.octets() == [192, 0, 2, 1],
        IpAddr::V6(address) => address.segments()[..2] == [0x2001, 0xdb8],
    }
}

/// All that could be one, wherever it stands.
fn addresses(line: &[u8]) -> Vec<IpAddr> {
    let plain: Vec<u8> = line.iter().copied().filter(|&byte| byte != b'\\').collect();
    let text = String::from_utf8_lossy(&plain);
    let is_part = |char: char| char.is_ascii_hexdigit() || char == ':' || char == '.';
    text.split(|char| !is_part(char))
        .flat_map(|run| [Some(run), run.split(':').next()])
        .filter_map(|run| run?.parse::<IpAddr>().ok())
        .map(|address| address.to_canonical())
        .collect()
}

/// Elements of proxies behind what a client has sent.
fn appended(input: &mut Unstructured<'_>) -> Result<()> {
    let (field, name) = *input.choose(&FIELDS)?;
    let peer = *input.choose(&ADDRESSES)?;
    let mut lines: Vec<Vec<u8>> = vec![Vec::new()];
    let is_hostile: bool = input.arbitrary()?;
    if is_hostile {
        for _ in 0..input.int_in_range(0..=6)? {
            lines[0].extend(input.choose(&HOSTILE)?.as_bytes());
        }
        lines[0].extend_from_slice(input.arbitrary::<[u8; 2]>()?.as_slice());
        lines[0].push(b',');
    }
    let mut meant: Vec<Option<IpAddr>> = Vec::new();
    for _ in 0..input.int_in_range(0..=5)? {
        let (text, address) = match field {
            ForwardedField::Forwarded => element(input)?,
            _ => plain(input)?,
        };
        meant.push(address.map(|address| address.to_canonical()));
        if input.ratio(1, 4)? {
            lines.push(Vec::new());
        }
        let line = lines.last_mut().expect("a line");
        let separator = *input.choose(&[", ", ",", " ,\t", ", , "])?;
        if !line.is_empty() {
            line.extend(separator.as_bytes());
        }
        line.extend(text.bytes());
    }
    let mut client: IpAddr = peer.parse::<IpAddr>().expect("an address").to_canonical();
    let mut has_ended = !trusts(client);
    for named in meant.into_iter().rev() {
        if has_ended {
            break;
        }
        match named {
            Some(named) => client = named,
            None => has_ended = true,
        }
        has_ended |= !trusts(client);
    }
    let show = format!(
        "{:?}",
        lines.iter().map(|line| line.escape_ascii().to_string()).collect::<Vec<_>>()
    );
    let found = from_the_request(field, name, peer, lines);
    // Beyond the appended ones, a client that is trusted by all of them may say what it likes.
    if has_ended || !is_hostile {
        assert_eq!(found, client, "{show} from {peer}");
    }
    Ok(())
}

fn plain(input: &mut Unstructured<'_>) -> Result<(String, Option<IpAddr>)> {
    let address = *input.choose(&ADDRESSES)?;
    let named = address.parse().ok();
    Ok(match input.int_in_range(0..=7)? {
        0 => ("unknown".to_owned(), None),
        1 => (format!("{address}x"), None),
        2 if address.contains(':') => (format!("[{address}]:443"), named),
        3 if address.contains(':') => (format!("[{address}]"), named),
        2 | 3 => (format!("{address}:65535"), named),
        _ => (address.to_owned(), named),
    })
}

fn element(input: &mut Unstructured<'_>) -> Result<(String, Option<IpAddr>)> {
    let address = *input.choose(&ADDRESSES)?;
    let named = address.parse().ok();
    let is_v6 = address.contains(':');
    let (node, named) = match input.int_in_range(0..=9)? {
        0 => ("unknown".to_owned(), None),
        1 => ("_hidden.x-y_z".to_owned(), None),
        2 => ("\"_hidden:80\"".to_owned(), None),
        3 if is_v6 => (format!("\"[{address}]:443\""), named),
        3 => (format!("\"{address}:443\""), named),
        4 if is_v6 => (format!("\"[{address}]:_p-1\""), named),
        4 => (format!("\"\\{}\"", address.replace('.', "\\.")), named),
        _ if is_v6 => (format!("\"[{address}]\""), named),
        5 => (format!("\"{address}\""), named),
        _ => (address.to_owned(), named),
    };
    let name = *input.choose(&["for", "For", "FOR"])?;
    let pair = format!("{name}={node}");
    Ok(match input.int_in_range(0..=9)? {
        0 => ("proto=https".to_owned(), None),
        1 => (format!("{pair};{pair}"), None),
        2 => (format!("proto=http;{pair};by=_x"), named),
        3 => (format!("{pair};host=\"a,b;for=\\\"c\\\\\""), named),
        4 => (format!("by=\"[::1]\"; {pair}"), named),
        5 => (format!("{pair} ;proto=https"), named),
        _ => (pair, named),
    })
}
