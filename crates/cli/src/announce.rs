//! What the command tells on standard output: a banner for people, one line for programs.

use std::fmt::Write as _;
use std::io::{IsTerminal, Write as _};
use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

/// The server listens.
pub(crate) fn listening(scheme: &str, addresses: &[SocketAddr], prefixes: &[String]) {
    let text = if std::io::stdout().is_terminal() {
        banner(scheme, addresses, prefixes, &interfaces())
    } else {
        line(scheme, addresses, prefixes)
    };
    print(&text);
}

/// The server finishes what is under way. Only people are told.
pub(crate) fn draining(grace: Duration) {
    if std::io::stdout().is_terminal() {
        print(&format!(
            "finishing requests, for up to {grace:?}; press Ctrl-C again to stop now\n"
        ));
    }
}

fn print(text: &str) {
    let mut out = std::io::stdout().lock();
    // Whoever closed our standard output doesn't want to read this.
    let _ = out.write_all(text.as_bytes()).and_then(|()| out.flush());
}

fn line(scheme: &str, addresses: &[SocketAddr], prefixes: &[String]) -> String {
    let mut text = "listening".to_owned();
    for address in addresses {
        let _ = write!(text, " url={scheme}://{address}/");
    }
    let _ = writeln!(text, " mounts={}", prefixes.join(","));
    text
}

fn banner(
    scheme: &str,
    addresses: &[SocketAddr],
    prefixes: &[String],
    interfaces: &[IpAddr],
) -> String {
    let mut text = format!("catzilla {}\n\n", env!("CARGO_PKG_VERSION"));
    for address in addresses {
        if !address.ip().is_unspecified() {
            let _ = writeln!(text, "  {scheme}://{address}/");
            continue;
        }
        // An IPv6 listener takes IPv4 as well.
        let reachable = interfaces.iter().filter(|ip| address.is_ipv6() || ip.is_ipv4());
        for ip in reachable {
            let _ = writeln!(text, "  {scheme}://{}/", SocketAddr::new(*ip, address.port()));
        }
    }
    if prefixes.iter().any(|prefix| prefix != "/") {
        let _ = writeln!(text, "\n  mounted: {}", prefixes.join("  "));
    }
    text.push_str("\n  press Ctrl-C to stop\n");
    text
}

/// The addresses of this machine that a person would type; link-local ones need a zone nobody knows.
fn interfaces() -> Vec<IpAddr> {
    let mut addresses: Vec<IpAddr> = if_addrs::get_if_addrs()
        .unwrap_or_default()
        .into_iter()
        .map(|interface| interface.ip())
        .filter(|ip| !matches!(ip, IpAddr::V6(v6) if v6.is_unicast_link_local()))
        .collect();
    addresses.sort_unstable();
    addresses.dedup();
    addresses
}

#[cfg(test)]
mod tests {
    use super::*;

    fn strings(list: &[&str]) -> Vec<String> {
        list.iter().map(|&text| text.to_owned()).collect()
    }

    #[test]
    fn programs_get_one_line() {
        let addresses = ["127.0.0.1:8080".parse().unwrap(), "[::1]:8080".parse().unwrap()];
        assert_eq!(
            line("http", &addresses, &strings(&["/docs", "/"])),
            "listening url=http://127.0.0.1:8080/ url=http://[::1]:8080/ mounts=/docs,/\n"
        );
    }

    #[test]
    fn people_get_a_url_per_interface() {
        let interfaces: Vec<IpAddr> = ["127.0.0.1", "192.0.2.7", "2001:db8::7"]
            .iter()
            .map(|ip| ip.parse().unwrap())
            .collect();
        let text = banner("http", &["0.0.0.0:80".parse().unwrap()], &strings(&["/"]), &interfaces);
        assert!(text.contains("http://192.0.2.7:80/\n") && !text.contains("2001"), "{text}");
        let text =
            banner("http", &["[::]:80".parse().unwrap()], &strings(&["/static"]), &interfaces);
        assert!(
            text.contains("http://[2001:db8::7]:80/\n") && text.contains("mounted: /static"),
            "{text}"
        );
        let text =
            banner("http", &["127.0.0.1:8080".parse().unwrap()], &strings(&["/"]), &interfaces);
        assert!(text.contains("  http://127.0.0.1:8080/\n") && !text.contains("192"), "{text}");
        let text =
            banner("https", &["0.0.0.0:443".parse().unwrap()], &strings(&["/"]), &interfaces);
        assert!(text.contains("https://192.0.2.7:443/\n") && !text.contains("http:"), "{text}");
    }
}
