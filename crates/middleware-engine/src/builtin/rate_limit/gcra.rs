//! The generic cell rate algorithm (ITU-T I.371): a token bucket that is one number.

/// A rate. All times are nanoseconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Gcra {
    /// What one request costs.
    pub(super) interval: u64,
    /// What can be spent at once.
    pub(super) limit: u64,
}

/// What becomes of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Verdict {
    /// It is let through; so much of the limit is spent now.
    Admitted {
        /// In nanoseconds.
        spent: u64,
    },
    /// It is refused, and would be for so long.
    Refused {
        /// In nanoseconds.
        wait: u64,
    },
}

impl Gcra {
    /// Decides by the theoretical arrival time: when all that was spent will have come back. A time in the past is as good
    /// as any other. With an admission comes the new one.
    pub(super) fn decide(&self, arrival: u64, now: u64) -> (Verdict, u64) {
        let next = arrival.max(now) + self.interval;
        let spent = next - now;
        if spent <= self.limit {
            (Verdict::Admitted { spent }, next)
        } else {
            (Verdict::Refused { wait: spent - self.limit }, arrival)
        }
    }

    /// How many requests more would be let through, and when there will be one more than that.
    pub(super) fn left(&self, verdict: Verdict) -> (u64, u64) {
        match verdict {
            Verdict::Admitted { spent } => {
                let left = (self.limit - spent) / self.interval;
                (left, spent - (self.limit - (left + 1) * self.interval))
            }
            Verdict::Refused { wait } => (0, wait),
        }
    }
}
