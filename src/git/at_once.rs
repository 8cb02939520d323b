//! The same work on many things, side by side.

use std::num::NonZero;
use std::panic::resume_unwind;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

/// Does one thing with each item, with as many at once as there are cores. Returns what came of
/// them in their order.
pub(super) fn at_once<T: Sync, R: Send>(items: &[T], each: impl Fn(&T) -> R + Sync) -> Vec<R> {
    if items.len() < 2 {
        return items.iter().map(each).collect();
    }
    let cores = thread::available_parallelism().map_or(1, NonZero::get);
    let next = AtomicUsize::new(0);
    let work = || {
        let mut done = Vec::new();
        loop {
            let at = next.fetch_add(1, Ordering::Relaxed);
            let Some(item) = items.get(at) else {
                return done;
            };
            done.push((at, each(item)));
        }
    };
    let mut done = thread::scope(|scope| {
        let others = 1..cores.min(items.len());
        let others: Vec<_> = others.map(|_| scope.spawn(work)).collect();
        let mut done = work();
        for other in others {
            done.extend(other.join().unwrap_or_else(|panic| resume_unwind(panic)));
        }
        done
    });
    done.sort_unstable_by_key(|(at, _)| *at);
    done.into_iter().map(|(_, result)| result).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[test]
    fn results_come_in_the_order_of_the_items_whoever_is_done_first() {
        let items: Vec<u64> = (0..50).collect();
        let doubled = at_once(&items, |item| {
            thread::sleep(Duration::from_micros((50 - item) * 20));
            item * 2
        });
        assert!(doubled.into_iter().eq((0..50).map(|item| item * 2)));
        assert!(at_once(&[], |(): &()| ()).is_empty());
    }

    #[test]
    fn the_work_is_shared() {
        let threads = at_once(&[(); 20], |()| {
            thread::sleep(Duration::from_millis(2));
            thread::current().id()
        });
        let mut different = Vec::new();
        for thread in threads {
            if !different.contains(&thread) {
                different.push(thread);
            }
        }
        let cores = thread::available_parallelism().map_or(1, NonZero::get);
        assert!(different.len() <= cores);
        assert!(different.len() > 1 || cores == 1);
    }
}
