//! What a number of splits costs and how many pay off.
//!
//! Total(N) = T/N × 1.2 + N × overhead for N ≥ 2, and T for one: the rule as it was published, with
//! a table for 45 minutes that the tests repeat. The 1.2 is what the slowest part takes longer than
//! the mean; where finished runs tell how differently long tasks take, it follows from that.

use super::model::{CostRow, Overheads, Scheduled};
use super::spread::slowest;

/// How much longer than the mean the slowest part takes.
const IMBALANCE: f64 = 1.2;
/// A split must still gain this share of the whole, in percent, to be worth its trouble.
const LEAST_GAIN: f64 = 5.0;
/// Times from here on, in seconds, are told in hours.
const MANY_HOURS: f64 = 3.0 * 3600.0;
/// Goals of at most this many minutes are not split into more parts than this.
const LADDER: [(f64, usize); 4] = [(5.0, 1), (12.0, 2), (20.0, 3), (30.0, 4)];

impl Overheads {
    /// Seconds that one split more costs.
    pub fn per_split(&self) -> f64 {
        self.worktree_seconds + self.startup_seconds + self.context_seconds + self.merge_seconds
    }

    /// How much longer than the mean the slowest of so many parts takes.
    fn imbalance(&self, parts: usize) -> f64 {
        self.spread
            .map_or(IMBALANCE, |spread| slowest(parts, spread))
    }
}

/// What holds the number of splits down besides the cost.
#[derive(Clone, Copy, Debug)]
pub struct Bounds {
    /// Tasks that can run at once by their dependencies.
    pub structure: usize,
    /// Sessions that may run at once.
    pub sessions: usize,
    /// What the user asked for; above all rules, and not above the sessions.
    pub asked: Option<usize>,
}

/// What to do.
#[derive(Clone, Debug, PartialEq)]
pub struct Advice {
    pub cost: Vec<CostRow>,
    pub recommended: usize,
    pub fastest: usize,
    pub break_even: Option<usize>,
    pub worth: bool,
    pub reason: String,
    /// Whether the tasks' own schedule says so, and not the cost rule.
    pub by_schedule: bool,
}

/// How many splits to make of `sequential` seconds of work.
pub fn advise(sequential: f64, overheads: &Overheads, bounds: Bounds) -> Advice {
    let rows = bounds.sessions.max(bounds.asked.unwrap_or(1));
    let cost = table(sequential, overheads, rows);
    let recommended = recommend(sequential, &cost, bounds);
    advice(cost, recommended)
}

/// How many takes of one goal to work at side by side: as many as may be, since they are there to be
/// compared. `sequential` are the seconds of all of them.
pub fn advise_takes(sequential: f64, overheads: &Overheads, bounds: Bounds) -> Advice {
    let rows = bounds.structure.max(bounds.asked.unwrap_or(1));
    let cost = table(sequential, overheads, rows);
    let recommended = asked(bounds).unwrap_or_else(|| {
        let [mut structure, sessions] = limits(bounds);
        structure.1 = "takes are there to be compared, so all work at once".to_owned();
        least([structure, sessions])
    });
    advice(cost, recommended)
}

/// The advice for so many `tasks` by their own schedule: more at once than the rule says, where each
/// one more gains enough. The rule takes work for divisible at will, and tasks are not: six equal
/// ones take as long on five slots as on three.
///
/// None where the rule's number stands, and always where the user said how many.
pub fn by_schedule(
    advice: &Advice,
    scheduled: &Scheduled,
    tasks: usize,
    bounds: Bounds,
) -> Option<Advice> {
    let totals = &scheduled.totals;
    let whole = *totals.first()?;
    let most = bounds.structure.min(bounds.sessions).min(ladder(whole));
    let most = most.min(totals.len()).min(advice.cost.len());
    let by_rule = advice.recommended;
    if bounds.asked.is_some() || whole <= 0.0 || by_rule == 0 {
        return None;
    }
    let mut splits = by_rule;
    let pays = |from: usize, to: usize| {
        let gain = totals[from - 1] - totals[to - 1];
        gain >= LEAST_GAIN / 100.0 * whole * (to - from) as f64
    };
    while let Some(more) = (splits + 1..=most).find(|more| pays(splits, *more)) {
        splits = more;
    }
    let in_one_round = match tasks {
        tasks if tasks <= splits && tasks == bounds.structure => " in one round",
        _ => "",
    };
    let reason = format!(
        "{splits} at once do these tasks{in_one_round}: {} instead of {} with {by_rule}",
        time(totals[splits - 1]),
        time(totals[by_rule - 1]),
    );
    (splits > by_rule).then(|| Advice {
        by_schedule: true,
        ..self::advice(advice.cost.clone(), (splits, reason))
    })
}

fn advice(cost: Vec<CostRow>, (recommended, reason): (usize, String)) -> Advice {
    Advice {
        recommended,
        fastest: fastest(&cost),
        break_even: cost
            .iter()
            .skip(1)
            .find(|row| row.savings_percent > 0.0)
            .map(|row| row.splits),
        worth: recommended > 1 && cost[recommended - 1].savings_percent > 0.0,
        reason,
        by_schedule: false,
        cost,
    }
}

/// The cost of 1 to `rows` splits.
pub fn table(sequential: f64, overheads: &Overheads, rows: usize) -> Vec<CostRow> {
    let percent = |seconds: f64| {
        if sequential > 0.0 {
            100.0 * seconds / sequential
        } else {
            0.0
        }
    };
    let mut before = sequential;
    (1..=rows.max(1))
        .map(|splits| {
            let count = splits as f64;
            let overhead = if splits == 1 {
                0.0
            } else {
                count * overheads.per_split()
            };
            let work = if splits == 1 {
                sequential
            } else {
                sequential / count * overheads.imbalance(splits)
            };
            let total = work + overhead;
            let gain = std::mem::replace(&mut before, total) - total;
            CostRow {
                splits,
                total_seconds: total,
                overhead_seconds: overhead,
                savings_percent: percent(sequential - total),
                marginal_percent: percent(gain),
            }
        })
        .collect()
}

fn fastest(cost: &[CostRow]) -> usize {
    let least = cost
        .iter()
        .min_by(|a, b| a.total_seconds.total_cmp(&b.total_seconds));
    least.map_or(1, |row| row.splits)
}

/// The largest number up to which every step still gains enough.
fn worthwhile(cost: &[CostRow]) -> usize {
    let gaining = |row: &&CostRow| row.marginal_percent >= LEAST_GAIN;
    1 + cost.iter().skip(1).take_while(gaining).count()
}

fn ladder(sequential: f64) -> usize {
    let step = LADDER.iter().find(|(most, _)| sequential <= most * 60.0);
    step.map_or(usize::MAX, |(_, splits)| *splits)
}

/// The smallest of all bounds, and the one that decides, in a sentence.
fn recommend(sequential: f64, cost: &[CostRow], bounds: Bounds) -> (usize, String) {
    asked(bounds).unwrap_or_else(|| {
        let by_cost = worthwhile(cost);
        let whole = time(sequential);
        let [structure, sessions] = limits(bounds);
        least([
            structure,
            sessions,
            (
                ladder(sequential),
                format!("{whole} is too little work for more"),
            ),
            (by_cost, by_cost_reason(by_cost, cost, &whole)),
        ])
    })
}

fn asked(bounds: Bounds) -> Option<(usize, String)> {
    let asked = bounds.asked?;
    let limit = match bounds.structure {
        most if most < asked => format!(", and no more than {most} tasks can run at once"),
        _ => String::new(),
    };
    Some((asked, format!("you asked for {asked} at once{limit}")))
}

/// What holds the number down whatever it costs: what can run at once, and what may.
fn limits(bounds: Bounds) -> [(usize, String); 2] {
    let structure = match bounds.structure {
        0 | 1 => "only one task can run at a time".to_owned(),
        most => format!("no more than {most} tasks can run at once"),
    };
    let sessions = format!(
        "no more than {} sessions at once (parallel.sessions)",
        bounds.sessions
    );
    [(bounds.structure, structure), (bounds.sessions, sessions)]
}

/// The first of the smallest.
fn least<const N: usize>(candidates: [(usize, String); N]) -> (usize, String) {
    let least = candidates.into_iter().min_by_key(|(splits, _)| *splits);
    least.map_or((1, String::new()), |(splits, reason)| {
        (splits.max(1), reason)
    })
}

fn by_cost_reason(by_cost: usize, cost: &[CostRow], whole: &str) -> String {
    match cost.get(by_cost) {
        Some(next) if next.marginal_percent < 0.0 => {
            format!(
                "{} at once would cost more than they save of {whole}",
                next.splits
            )
        }
        Some(next) => format!(
            "one more would save only another {:.1} % of {whole}",
            next.marginal_percent
        ),
        None => format!("each one still saves at least {LEAST_GAIN:.0} % of {whole}"),
    }
}

/// Seconds as minutes with one decimal, rounded half up on whole seconds: 129 s are `2.2`.
pub fn minutes(seconds: f64) -> String {
    let tenths = (seconds.round().max(0.0) as u64 + 3) / 6;
    format!("{}.{}", tenths / 10, tenths % 10)
}

/// Minutes as in the published table, hours where they are many.
pub fn time(seconds: f64) -> String {
    if seconds < MANY_HOURS {
        return format!("{} min", minutes(seconds));
    }
    let whole = (seconds / 60.0).round() as u64;
    match (whole / 60, whole % 60) {
        (hours, 0) => format!("{hours} h"),
        (hours, minutes) => format!("{hours} h {minutes} min"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::model::OverheadSource;

    const PUBLISHED: Overheads = Overheads {
        worktree_seconds: 8.0,
        startup_seconds: 5.0,
        context_seconds: 20.0,
        merge_seconds: 10.0,
        source: OverheadSource::Default,
        spread: None,
        measured: None,
    };

    const FREE: Bounds = Bounds {
        structure: usize::MAX,
        sessions: 8,
        asked: None,
    };

    #[test]
    fn the_45_minute_table_is_reproduced_row_by_row() {
        let published = [
            (1, "45.0", "0.0", "45.0", "0"),
            (2, "27.0", "1.4", "28.4", "37"),
            (3, "18.0", "2.2", "20.2", "55"),
            (4, "13.5", "2.9", "16.4", "64"),
            (5, "10.8", "3.6", "14.4", "68"),
            (6, "9.0", "4.3", "13.3", "70"),
            (7, "7.7", "5.0", "12.7", "72"),
        ];
        let cost = table(2700.0, &PUBLISHED, 7);
        for (row, (splits, work, overhead, total, savings)) in cost.iter().zip(published) {
            assert_eq!(row.splits, splits);
            assert_eq!(minutes(row.total_seconds - row.overhead_seconds), work);
            assert_eq!(minutes(row.overhead_seconds), overhead, "{splits} splits");
            assert_eq!(minutes(row.total_seconds), total, "{splits} splits");
            assert_eq!(
                format!("{:.0}", row.savings_percent),
                savings,
                "{splits} splits"
            );
        }
    }

    #[test]
    fn for_45_minutes_4_is_recommended_and_8_is_fastest_of_8_and_9_without_a_limit() {
        let advice = advise(2700.0, &PUBLISHED, FREE);
        assert_eq!((advice.recommended, advice.fastest), (4, 8));
        assert_eq!((advice.break_even, advice.worth), (Some(2), true));
        let unlimited = advise(
            2700.0,
            &PUBLISHED,
            Bounds {
                sessions: 40,
                ..FREE
            },
        );
        assert_eq!((unlimited.recommended, unlimited.fastest), (4, 9));
        let gains: Vec<String> = advice.cost[1..5]
            .iter()
            .map(|row| format!("{:.2}", row.marginal_percent))
            .collect();
        assert_eq!(gains, ["36.81", "18.41", "8.41", "4.41"]);
    }

    #[test]
    fn the_smaller_of_rule_and_ladder_holds() {
        let cases = [
            (4, 1),
            (5, 1),
            (6, 2),
            (12, 2),
            (13, 3),
            (15, 3),
            (20, 3),
            (21, 4),
            (30, 4),
            (45, 4),
            (60, 4),
            (90, 5),
            (180, 5),
            (6000, 5),
        ];
        for (whole, splits) in cases {
            let advice = advise(f64::from(whole) * 60.0, &PUBLISHED, FREE);
            assert_eq!(advice.recommended, splits, "{whole} min");
        }
    }

    #[test]
    fn under_3_58_minutes_two_splits_lose_outright() {
        let breaks_even = |minutes: f64| advise(minutes * 60.0, &PUBLISHED, FREE).break_even;
        assert_eq!(breaks_even(3.58), None);
        assert_eq!(breaks_even(3.6), Some(2));
        let short = advise(180.0, &PUBLISHED, FREE);
        assert_eq!((short.recommended, short.worth), (1, false));
    }

    #[test]
    fn structure_sessions_and_the_user_bound_the_number_and_say_so() {
        let cases = [
            (
                Bounds {
                    structure: 3,
                    ..FREE
                },
                3,
                "no more than 3 tasks",
            ),
            (
                Bounds {
                    structure: 1,
                    ..FREE
                },
                1,
                "only one task",
            ),
            (
                Bounds {
                    sessions: 2,
                    ..FREE
                },
                2,
                "parallel.sessions",
            ),
            (
                Bounds {
                    asked: Some(7),
                    ..FREE
                },
                7,
                "you asked for 7",
            ),
            (FREE, 4, "another 4.4 %"),
        ];
        for (bounds, splits, reason) in cases {
            let advice = advise(2700.0, &PUBLISHED, bounds);
            assert_eq!(advice.recommended, splits, "{bounds:?}");
            assert!(advice.reason.contains(reason), "{}", advice.reason);
        }
        assert!(
            advise(
                2700.0,
                &PUBLISHED,
                Bounds {
                    sessions: 2,
                    ..FREE
                }
            )
            .cost
            .len()
                >= 2
        );
    }

    /// So many equal tasks of 20 minutes, as they are scheduled.
    fn equal(tasks: usize) -> Scheduled {
        let round = 1233.0;
        let total = |slots: usize| tasks.div_ceil(slots) as f64 * round + 10.0;
        let whole = 1200.0 * tasks as f64;
        let totals = [whole].into_iter().chain((2..=8).map(total));
        Scheduled {
            totals: totals.collect(),
            lower_bound_seconds: round,
            decides: false,
        }
    }

    #[test]
    fn the_schedule_raises_the_number_where_each_one_more_gains_enough() {
        let cases = [
            (6, FREE, Some(6)),
            (7, FREE, Some(7)),
            (8, FREE, None),
            // Three rounds at 5, and at 6 and 7 too.
            (11, FREE, Some(6)),
            (15, FREE, None),
            (
                6,
                Bounds {
                    sessions: 5,
                    ..FREE
                },
                None,
            ),
            (
                6,
                Bounds {
                    asked: Some(5),
                    ..FREE
                },
                None,
            ),
        ];
        for (tasks, bounds, splits) in cases {
            let bounds = Bounds {
                structure: tasks,
                ..bounds
            };
            let advice = advise(1200.0 * tasks as f64, &PUBLISHED, bounds);
            assert_eq!(advice.recommended, 5, "{tasks} tasks");
            let raised = by_schedule(&advice, &equal(tasks), tasks, bounds);
            let found = raised.as_ref().map(|advice| advice.recommended);
            assert_eq!(found, splits, "{tasks} tasks");
        }
        let bounds = Bounds {
            structure: 6,
            ..FREE
        };
        let advice = advise(7200.0, &PUBLISHED, bounds);
        let raised = by_schedule(&advice, &equal(6), 6, bounds).unwrap();
        assert_eq!(
            raised.reason,
            "6 at once do these tasks in one round: 20.7 min instead of 41.3 min with 5"
        );
        assert_eq!((raised.cost, raised.worth), (advice.cost, true));
    }

    #[test]
    fn the_ladder_bounds_the_schedule_too() {
        let bounds = Bounds {
            structure: 4,
            ..FREE
        };
        let advice = advise(1200.0, &PUBLISHED, bounds);
        let scheduled = Scheduled {
            totals: vec![1200.0, 700.0, 690.0, 380.0],
            lower_bound_seconds: 343.0,
            decides: false,
        };
        assert_eq!(advice.recommended, 3);
        assert_eq!(by_schedule(&advice, &scheduled, 4, bounds), None);
    }

    #[test]
    fn long_times_are_told_in_hours() {
        let told = [129.0, 10_799.0, 10_800.0, 12_630.0].map(time);
        assert_eq!(told, ["2.2 min", "180.0 min", "3 h", "3 h 31 min"]);
    }

    #[test]
    fn takes_of_a_goal_work_at_once_however_little_they_are() {
        let of = |sessions| Bounds {
            structure: 3,
            sessions,
            asked: None,
        };
        let three = advise_takes(900.0, &PUBLISHED, of(8));
        assert_eq!((three.recommended, three.cost.len()), (3, 3));
        assert!(three.reason.contains("compared"), "{}", three.reason);
        let two = advise_takes(900.0, &PUBLISHED, of(2));
        assert_eq!(two.recommended, 2);
        assert!(two.reason.contains("parallel.sessions"), "{}", two.reason);
    }
}
