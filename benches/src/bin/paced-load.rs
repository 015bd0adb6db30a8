//! Sends what a file says at a fixed rate, or as fast as answers come, over connections that are all open before.
//!
//! It prints `READY` when they are, and when it has warmed up; sends for the time that is measured once a line comes
//! on standard input; prints `RESULT` and an object; and keeps its connections until standard input ends. So whoever
//! calls it can look at the server before and after, with all connections there.
#![forbid(unsafe_code)]

#[cfg(target_os = "linux")]
mod linux {
    use std::io::{Write, stdin, stdout};
    use std::net::SocketAddr;
    use std::path::PathBuf;
    use std::time::Duration;

    use anyhow::{Result, ensure};
    use catzilla_benches::paced::{Generator, Orders, Pace};
    use clap::Parser;

    #[derive(Debug, Parser)]
    #[command(about = "Sends requests at a fixed rate; called by the driver")]
    struct Options {
        /// The server.
        address: SocketAddr,
        /// What to send and what to expect, as JSON.
        orders: PathBuf,
        /// Connections at the same time.
        #[arg(long, default_value_t = 64)]
        connections: usize,
        /// Requests per second; without it, as fast as answers come.
        #[arg(long)]
        rate: Option<f64>,
        /// How long to send before anything is counted, in seconds.
        #[arg(long, default_value_t = 0.3)]
        warm_up: f64,
        /// How long to send, in seconds.
        #[arg(long, default_value_t = 1.0)]
        seconds: f64,
        /// Sleep while nothing is due: where server and load share a core.
        #[arg(long)]
        sleep: bool,
    }

    pub(super) fn main() -> Result<()> {
        let options = Options::parse();
        let pace = match options.rate {
            Some(rate) => {
                ensure!(rate.is_finite() && rate > 0.0, "--rate {rate}: that is no rate");
                Pace::Fixed(rate)
            }
            None => Pace::Closed,
        };
        let orders = Orders::read(&options.orders)?;
        let mut generator =
            Generator::connect(options.address, &orders, options.connections, !options.sleep)?;
        generator.run(pace, Duration::try_from_secs_f64(options.warm_up)?)?;
        tell("READY")?;
        let mut line = String::new();
        if stdin().read_line(&mut line)? == 0 {
            return Ok(());
        }
        let outcome = generator.run(pace, Duration::try_from_secs_f64(options.seconds)?)?;
        tell(&format!("RESULT {}", serde_json::to_string(&outcome)?))?;
        stdin().read_line(&mut line)?;
        Ok(())
    }

    fn tell(line: &str) -> Result<()> {
        let mut out = stdout().lock();
        writeln!(out, "{line}")?;
        Ok(out.flush()?)
    }
}

#[cfg(target_os = "linux")]
fn main() -> std::process::ExitCode {
    match linux::main() {
        Ok(()) => std::process::ExitCode::SUCCESS,
        // One line, which goes into records: no backtrace, whatever the environment says.
        Err(err) => {
            let _ = std::io::Write::write_fmt(&mut std::io::stderr(), format_args!("{err:#}\n"));
            std::process::ExitCode::FAILURE
        }
    }
}

#[cfg(not(target_os = "linux"))]
fn main() -> anyhow::Result<()> {
    anyhow::bail!("the load stands on epoll: servers are measured on Linux only")
}
