//! The loop that sends and receives.

use std::collections::VecDeque;
use std::net::SocketAddr;
use std::os::fd::OwnedFd;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use hdrhistogram::Histogram;
use rustix::buffer::spare_capacity;
use rustix::event::{Timespec, epoll};

use super::link::{Event, Link, Pending, complaint};
use super::orders::Orders;
use super::outcome::{Outcome, histogram};

/// The content of one answer in so many is hashed.
const SAMPLE: u64 = 64;

/// How long answers may take after the time is over.
const GRACE: Duration = Duration::from_secs(2);

/// In a closed loop every connection has a request under way, and a slow server needs its time for thousands.
const LONG_GRACE: Duration = Duration::from_secs(20);

/// When requests are sent.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Pace {
    /// So many per second, due at equal distances whatever the server does.
    Fixed(f64),
    /// On each connection the next one when the last is answered.
    Closed,
}

/// A client whose connections are all open.
#[derive(Debug)]
pub struct Generator<'a> {
    epoll: OwnedFd,
    address: SocketAddr,
    orders: &'a Orders,
    links: Vec<Link>,
    /// Connections without a request, the one that has waited longest first.
    free: VecDeque<usize>,
    /// How many requests have been made up so far.
    count: u64,
    buffer: Vec<u8>,
    /// Looks for answers without ever sleeping, as a core of its own allows.
    spins: bool,
}

/// Who answers the last ones so late is slow, not behind: what is in line then isn't sent any more.
const SLACK: Duration = Duration::from_millis(100);

/// What is collected during a stretch.
struct Stretch {
    pace: Pace,
    begin: Instant,
    end: Instant,
    outcome: Outcome,
    times: Histogram<u64>,
    lags: Histogram<u64>,
    /// When requests were due for which no connection is free.
    line: VecDeque<Instant>,
}

impl<'a> Generator<'a> {
    /// Opens all connections.
    ///
    /// # Errors
    ///
    /// When the server doesn't accept them all.
    pub fn connect(
        address: SocketAddr,
        orders: &'a Orders,
        connections: usize,
        spins: bool,
    ) -> Result<Self> {
        ensure!(!orders.requests.is_empty(), "there is nothing to send");
        let epoll = epoll::create(epoll::CreateFlags::CLOEXEC)?;
        let mut links = Vec::with_capacity(connections);
        for at in 0..connections {
            let link = Link::connect(address).with_context(|| format!("connection {at}"))?;
            watch(&epoll, &link, at)?;
            links.push(link);
        }
        let free = (0..connections).collect();
        let buffer = vec![0; 256 * 1024];
        Ok(Self { epoll, address, orders, links, free, count: 0, buffer, spins })
    }

    /// Sends for so long, then waits for the last answers.
    ///
    /// # Errors
    ///
    /// When a connection breaks within an answer, or what comes isn't one. Answers that are whole and wrong are counted.
    pub fn run(&mut self, pace: Pace, time: Duration) -> Result<Outcome> {
        let begin = Instant::now();
        let mut stretch = Stretch {
            pace,
            begin,
            end: begin + time,
            outcome: Outcome::default(),
            times: histogram(),
            lags: histogram(),
            line: VecDeque::new(),
        };
        let mut events = Vec::with_capacity(1024);
        loop {
            let now = Instant::now();
            self.send_due(&mut stretch, now)?;
            let is_over = now >= stretch.end;
            let is_answered = self.free.len() == self.links.len();
            let grace = if pace == Pace::Closed { LONG_GRACE } else { GRACE };
            if is_over && (is_answered || now > stretch.end + grace) {
                break;
            }
            events.clear();
            let timeout = self.timeout(&stretch, now);
            match epoll::wait(&self.epoll, spare_capacity(&mut events), Some(&timeout)) {
                Ok(_) | Err(rustix::io::Errno::INTR) => {}
                Err(error) => return Err(error.into()),
            }
            for event in &events {
                self.handle(event.data.u64() as usize, &mut stretch)?;
            }
        }
        self.finish(stretch)
    }

    /// Sends what is due and has a connection; what has none gets in line.
    fn send_due(&mut self, stretch: &mut Stretch, now: Instant) -> Result<()> {
        match stretch.pace {
            Pace::Closed if now >= stretch.end => {}
            Pace::Closed => {
                while let Some(at) = self.free.pop_front() {
                    stretch.outcome.due += 1;
                    self.ask(at, now)?;
                }
            }
            Pace::Fixed(rate) => loop {
                let due =
                    stretch.begin + Duration::from_secs_f64(stretch.outcome.due as f64 / rate);
                // Who wakes up too late for the last ones is late, and they are due none the less.
                if due > now || due >= stretch.end {
                    return Ok(());
                }
                stretch.outcome.due += 1;
                match self.free.pop_front() {
                    Some(at) => {
                        let lag = Instant::now().saturating_duration_since(due);
                        stretch.lags.saturating_record(lag.as_nanos() as u64);
                        self.ask(at, due)?;
                    }
                    None => stretch.line.push_back(due),
                }
            },
        }
        Ok(())
    }

    fn ask(&mut self, at: usize, due: Instant) -> Result<()> {
        let order = self.orders.at(self.count);
        self.count += 1;
        let pending = Pending::new(order, due, self.count.is_multiple_of(SAMPLE));
        Ok(self.links[at].ask(pending, &self.orders.requests[order].text)?)
    }

    fn handle(&mut self, at: usize, stretch: &mut Stretch) -> Result<()> {
        let link = &mut self.links[at];
        if let Some(pending) = link.pending {
            link.send(&self.orders.requests[pending.order].text)?;
        }
        match link.receive(&mut self.buffer)? {
            Event::Nothing => return Ok(()),
            Event::Answered(pending, response) => {
                let now = Instant::now();
                stretch.outcome.bytes += response.wire;
                let order = &self.orders.requests[pending.order];
                if let Some(complaint) = complaint(&order.expected, &response) {
                    stretch.outcome.wrong += 1;
                    let target = order.text.lines().next().unwrap_or_default();
                    stretch.outcome.complaint.get_or_insert(format!("{target}: {complaint}"));
                } else {
                    stretch.outcome.requests += 1;
                    stretch.outcome.in_time += u64::from(now < stretch.end + SLACK);
                }
                let time = now.saturating_duration_since(pending.due);
                stretch.times.saturating_record(time.as_nanos() as u64);
                if response.closes {
                    self.reopen(at, stretch)?;
                }
                self.go_on(at, stretch, now)?;
            }
            Event::Closed(pending) => {
                self.reopen(at, stretch)?;
                // A server may close a connection that waits, and may not have seen what was sent meanwhile.
                if let Some(pending) = pending {
                    let again = Pending::new(pending.order, pending.due, pending.is_sampled);
                    self.links[at].ask(again, &self.orders.requests[pending.order].text)?;
                }
            }
        }
        Ok(())
    }

    /// A connection is free: the first in line gets it.
    fn go_on(&mut self, at: usize, stretch: &mut Stretch, now: Instant) -> Result<()> {
        if now < stretch.end {
            if let Some(due) = stretch.line.pop_front() {
                return self.ask(at, due);
            }
            if stretch.pace == Pace::Closed {
                stretch.outcome.due += 1;
                return self.ask(at, now);
            }
        }
        self.free.push_back(at);
        Ok(())
    }

    fn reopen(&mut self, at: usize, stretch: &mut Stretch) -> Result<()> {
        stretch.outcome.reopened += 1;
        // Replacing it closes it, and takes it out of epoll.
        self.links[at] = Link::connect(self.address).context("connecting again")?;
        watch(&self.epoll, &self.links[at], at)
    }

    /// Close to the next request nothing is as punctual as not to sleep.
    fn timeout(&self, stretch: &Stretch, now: Instant) -> Timespec {
        let next = match stretch.pace {
            Pace::Fixed(rate) if now < stretch.end => {
                stretch.begin + Duration::from_secs_f64(stretch.outcome.due as f64 / rate)
            }
            _ => return Timespec { tv_sec: 0, tv_nsec: 5_000_000 },
        };
        let is_far = next.saturating_duration_since(now) > Duration::from_millis(2);
        let tv_nsec = if is_far || !self.spins { 1_000_000 } else { 0 };
        Timespec { tv_sec: 0, tv_nsec }
    }

    /// Who isn't answered by now has waited for so long at least.
    fn finish(&mut self, mut stretch: Stretch) -> Result<Outcome> {
        let now = Instant::now();
        let mut waited = |due: Instant| {
            let time = now.saturating_duration_since(due);
            stretch.times.saturating_record(time.as_nanos() as u64);
        };
        stretch.line.iter().copied().for_each(&mut waited);
        for at in 0..self.links.len() {
            if let Some(pending) = self.links[at].pending {
                waited(pending.due);
                // An answer that comes later would be taken for one to the next request.
                self.links[at] = Link::connect(self.address).context("connecting again")?;
                watch(&self.epoll, &self.links[at], at)?;
                self.free.push_back(at);
            }
        }
        let mut outcome = stretch.outcome;
        outcome.seconds = now.saturating_duration_since(stretch.begin).as_secs_f64();
        if stretch.pace != Pace::Closed {
            outcome.latency = Some(Outcome::percentiles(&stretch.times));
            outcome.lag = stretch.lags.value_at_quantile(0.99) as f64 / 1e9;
        }
        Ok(outcome)
    }
}

fn watch(epoll: &OwnedFd, link: &Link, at: usize) -> Result<()> {
    let flags = epoll::EventFlags::IN
        | epoll::EventFlags::OUT
        | epoll::EventFlags::RDHUP
        | epoll::EventFlags::ET;
    Ok(epoll::add(epoll, &link.stream, epoll::EventData::new_u64(at as u64), flags)?)
}
