use super::*;

#[track_caller]
fn refuses(text: &str, hint: &str) {
    let error = parse(text).unwrap_err().to_string();
    assert!(error.contains(text) && error.contains(hint), "{error}");
}

#[test]
fn networks_are_read() {
    #[track_caller]
    fn check(text: &str, expected: &str) {
        assert_eq!(parse(text).unwrap().to_string(), expected);
    }
    check("10.0.0.0/8", "10.0.0.0/8");
    check("10.0.0.1", "10.0.0.1/32");
    check("0.0.0.0/0", "0.0.0.0/0");
    check("::1", "::1/128");
    check("2001:db8::/32", "2001:db8::/32");
    check("::ffff:10.0.0.0/104", "10.0.0.0/8");
    check("::ffff:10.0.0.1", "10.0.0.1/32");
    check("::/0", "::/0");
    refuses("10.0.0.1/8", "10.0.0.0/8");
    refuses("::1/64", "::/64");
    refuses("10.0.0.0/33", "prefix length");
    refuses("010.0.0.1", "prefix length");
    refuses("localhost", "prefix length");
    refuses("fe80::1%eth0", "prefix length");
    refuses("", "prefix length");
    refuses(" 10.0.0.1", "prefix length");
}

/// Every address of a small world, asked of the list itself.
#[test]
fn the_first_that_contains_an_address_decides() {
    let mut state = 1_u64;
    let mut random = |below: u64| {
        state =
            state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) % below
    };
    for _ in 0..500 {
        let rules: Vec<(IpNet, bool)> = (0..random(12))
            .map(|_| {
                let (len, bits, decision) = (24 + random(9), random(256), random(2) == 1);
                let network = match random(2) {
                    0 => format!("10.0.{}.{bits}/{len}", random(2) * 255),
                    _ => format!("ffff::{bits:x}/{}", 96 + len),
                };
                (network.parse::<IpNet>().unwrap().trunc(), decision)
            })
            .collect();
        let otherwise = random(2) == 1;
        let decisions = Decisions::new(&rules, otherwise);
        for host in 0..=255 {
            for address in
                [format!("10.0.0.{host}"), format!("10.0.255.{host}"), format!("ffff::{host:x}")]
            {
                let address: IpAddr = address.parse().unwrap();
                let naive = rules.iter().find(|(network, _)| network.contains(&address));
                let naive = naive.map_or(otherwise, |rule| rule.1);
                assert_eq!(decisions.of(address), naive, "{address} in {rules:?}");
            }
        }
    }
}

#[test]
fn the_ends_of_the_world_are_decided() {
    let rules =
        [("255.255.255.255", true), ("0.0.0.0/0", false), ("ffff::/16", true), ("::/0", false)];
    let rules = rules.map(|(network, decision)| (parse(network).unwrap(), decision));
    let decisions = Decisions::new(&rules, true);
    let of = |address: &str| decisions.of(address.parse().unwrap());
    assert!(of("255.255.255.255") && !of("255.255.255.254") && !of("0.0.0.0"));
    assert!(of("ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff") && !of("::") && !of("fffe::"));
}
