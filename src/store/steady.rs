//! A clock that nobody sets: it shows the time of day at which it was started, and from then on
//! counts. So what one process saw both ends of lasted as long as it did, whatever becomes of the
//! clock on the wall.

use std::time::Duration;

use jiff::Timestamp;
use nix::time::{ClockId, clock_gettime};

/// The one that goes on while the machine sleeps.
#[cfg(target_os = "linux")]
const COUNTER: ClockId = ClockId::CLOCK_BOOTTIME;
#[cfg(not(target_os = "linux"))]
const COUNTER: ClockId = ClockId::CLOCK_MONOTONIC;

/// Such a clock.
#[derive(Clone, Copy, Debug)]
pub struct SteadyClock {
    started: Timestamp,
    counted: Duration,
}

impl SteadyClock {
    /// Starts at the time of day, and not before `earliest`.
    pub fn start(earliest: Timestamp) -> Self {
        Self {
            started: Timestamp::now().max(earliest),
            counted: counted(),
        }
    }

    /// What it shows.
    pub fn now(&self) -> Timestamp {
        let passed = counted().saturating_sub(self.counted);
        self.started
            .saturating_add(passed)
            .unwrap_or(Timestamp::MAX)
    }
}

/// Since some moment, the same for the whole process.
fn counted() -> Duration {
    // A kernel without it shows a clock that stands still: what comes later is not earlier.
    clock_gettime(COUNTER).map_or(Duration::ZERO, Duration::from)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_goes_on_from_the_latest_that_was_told() {
        let latest = Timestamp::now() + Duration::from_secs(3600);
        let clock = SteadyClock::start(latest);
        let first = clock.now();
        std::thread::sleep(Duration::from_millis(5));
        let passed = clock.now().duration_since(first);
        assert!(first >= latest && passed.as_millis() >= 5, "{passed}");
    }
}
