//! `floor PORT SIZE [close]`: the limit for one request per pair of system calls.
#![forbid(unsafe_code)]

#[cfg(target_os = "linux")]
fn main() -> anyhow::Result<()> {
    use anyhow::Context;
    use catzilla_benches::floor::Floor;

    let mut args = std::env::args().skip(1);
    let mut number = |what| -> anyhow::Result<usize> {
        let word = args.next().with_context(|| format!("usage: floor PORT SIZE: no {what}"))?;
        word.parse().with_context(|| format!("{what} {word} is not a number"))
    };
    let (port, size) = (number("PORT")?, number("SIZE")?);
    let listener = std::net::TcpListener::bind(("127.0.0.1", u16::try_from(port)?))?;
    let closes = match args.next().as_deref() {
        None => false,
        Some("close") => true,
        Some(word) => anyhow::bail!("usage: floor PORT SIZE [close], not {word}"),
    };
    Ok(Floor::new(listener, size, closes)?.run()?)
}

#[cfg(not(target_os = "linux"))]
fn main() -> anyhow::Result<()> {
    anyhow::bail!("the floor stands on epoll: servers are measured on Linux only")
}
