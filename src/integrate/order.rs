//! Which branches land together, and in which order: as many as can, dependencies respected; ties
//! by the fewest conflicting paths with those left out, then by the given order.

/// What there is to decide. Branches go by their position in the list; all vectors have its length.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Question {
    /// Those that must land before.
    pub depends: Vec<Vec<usize>>,
    /// Cannot land at all, whatever the others do.
    pub hopeless: Vec<bool>,
    /// `clashes[a][b]`: how many paths conflict between the two; 0 when they merge. Symmetric.
    pub clashes: Vec<Vec<usize>>,
}

/// What was decided.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Order {
    /// Every branch: first those that land, then the others.
    pub order: Vec<usize>,
    /// How many of them land.
    pub landing: usize,
    /// Whether no other choice would be better; beyond a dozen in each other's way, not all were
    /// tried.
    pub exact: bool,
}

impl Order {
    /// Those that land, in order.
    pub fn lands(&self) -> &[usize] {
        &self.order[..self.landing]
    }

    /// Those that do not.
    pub fn waits(&self) -> &[usize] {
        &self.order[self.landing..]
    }
}

/// Up to this many branches that are in somebody's way, every combination is looked at.
const EXACT: usize = 12;

/// Decides.
pub fn decide(question: &Question) -> Order {
    let contested = question.contested();
    let exact = contested.len() <= EXACT;
    let lands = if exact {
        question.best(&contested)
    } else {
        question.greedy()
    };
    let mut order = question.in_order(&lands);
    let landing = order.len();
    let rest: Vec<bool> = lands.iter().map(|lands| !lands).collect();
    order.extend(question.in_order(&rest));
    Order {
        order,
        landing,
        exact,
    }
}

impl Question {
    fn len(&self) -> usize {
        self.depends.len()
    }

    /// Those that may land and conflict with another that may.
    fn contested(&self) -> Vec<usize> {
        let possible = self.possible(&vec![true; self.len()]);
        let in_the_way = |a: &usize| {
            (0..self.len()).any(|b| possible[*a] && possible[b] && self.clashes[*a][b] > 0)
        };
        (0..self.len()).filter(in_the_way).collect()
    }

    /// Those of the `allowed` that are not hopeless, nor in need of one that cannot land.
    fn possible(&self, allowed: &[bool]) -> Vec<bool> {
        let mut possible: Vec<bool> = (0..self.len())
            .map(|at| allowed[at] && !self.hopeless[at])
            .collect();
        loop {
            let fallen = (0..self.len())
                .find(|&at| possible[at] && self.depends[at].iter().any(|&need| !possible[need]));
            match fallen {
                Some(at) => possible[at] = false,
                None => return possible,
            }
        }
    }

    /// The best set, by looking at every combination of the contested ones.
    fn best(&self, contested: &[usize]) -> Vec<bool> {
        let rivals = |one: &usize| {
            let clashing =
                |(bit, other): (usize, &usize)| u32::from(self.clashes[*one][*other] > 0) << bit;
            contested.iter().enumerate().map(clashing).sum::<u32>()
        };
        let rivals: Vec<u32> = contested.iter().map(rivals).collect();
        let mut best: Option<(Score, Vec<bool>)> = None;
        // A combination of rivals comes to no more than one that leaves some of them out.
        let at_peace = |combination: &u32| {
            let mut members = (0..rivals.len()).filter(|bit| combination >> bit & 1 == 1);
            members.all(|bit| rivals[bit] & combination == 0)
        };
        for combination in (0u32..1 << contested.len()).filter(at_peace) {
            let mut allowed = vec![true; self.len()];
            for (bit, &at) in contested.iter().enumerate() {
                allowed[at] = combination >> bit & 1 == 1;
            }
            let lands = self.possible(&allowed);
            let score = self.score(&lands);
            if best.as_ref().is_none_or(|(known, _)| score < *known) {
                best = Some((score, lands));
            }
        }
        best.map_or_else(|| vec![false; self.len()], |(_, lands)| lands)
    }

    /// A good set: again and again the one that is in the way of the fewest.
    fn greedy(&self) -> Vec<bool> {
        let mut allowed = vec![true; self.len()];
        let mut lands = vec![false; self.len()];
        loop {
            let possible = self.possible(&allowed);
            let ready = (0..self.len()).filter(|&at| {
                possible[at] && !lands[at] && self.depends[at].iter().all(|&need| lands[need])
            });
            let blocks = |at: usize| {
                let rivals =
                    (0..self.len()).filter(|&other| possible[other] && self.clashes[at][other] > 0);
                let paths: usize = rivals.clone().map(|other| self.clashes[at][other]).sum();
                (rivals.count(), paths, at)
            };
            let Some(next) = ready.min_by_key(|&at| blocks(at)) else {
                return lands;
            };
            lands[next] = true;
            for (allowed, clashing) in allowed.iter_mut().zip(&self.clashes[next]) {
                *allowed &= *clashing == 0;
            }
        }
    }

    fn score(&self, lands: &[bool]) -> Score {
        let landing = lands.iter().filter(|lands| **lands).count();
        let mut paths = 0;
        for (a, row) in self.clashes.iter().enumerate() {
            for (b, clashing) in row.iter().enumerate() {
                if lands[a] && !lands[b] {
                    paths += clashing;
                }
            }
        }
        Score {
            waiting: self.len() - landing,
            paths,
            left_out: lands.iter().map(|lands| !lands).collect(),
        }
    }

    /// The members in the given order, each as soon as what it needs among them is there.
    fn in_order(&self, members: &[bool]) -> Vec<usize> {
        let mut order = Vec::new();
        let mut left: Vec<usize> = (0..self.len()).filter(|&at| members[at]).collect();
        while !left.is_empty() {
            let ready = left
                .iter()
                .position(|&at| self.depends[at].iter().all(|need| !left.contains(need)))
                // A circle (no valid plan has one) is cut where it was given first.
                .unwrap_or(0);
            order.push(left.remove(ready));
        }
        order
    }
}

/// Less is better: fewer that wait, fewer conflicting paths, earlier ones landing.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Score {
    waiting: usize,
    paths: usize,
    left_out: Vec<bool>,
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A question of `number` branches; conflicts as (a, b, paths), dependencies as (task, needs).
    fn question(
        number: usize,
        clashes: &[(usize, usize, usize)],
        depends: &[(usize, usize)],
    ) -> Question {
        let mut question = Question {
            depends: vec![Vec::new(); number],
            hopeless: vec![false; number],
            clashes: vec![vec![0; number]; number],
        };
        for &(a, b, paths) in clashes {
            question.clashes[a][b] = paths;
            question.clashes[b][a] = paths;
        }
        for &(task, needs) in depends {
            question.depends[task].push(needs);
        }
        question
    }

    fn decided(question: &Question) -> (Vec<usize>, Vec<usize>) {
        let order = decide(question);
        (order.lands().to_vec(), order.waits().to_vec())
    }

    #[test]
    fn nothing_in_the_way_lands_in_the_given_order() {
        assert_eq!(decided(&question(3, &[], &[])), (vec![0, 1, 2], vec![]));
        assert_eq!(decided(&question(0, &[], &[])), (vec![], vec![]));
    }

    #[test]
    fn one_that_blocks_two_waits() {
        let asked = question(3, &[(0, 1, 1), (0, 2, 1)], &[]);
        assert_eq!(decided(&asked), (vec![1, 2], vec![0]));
    }

    #[test]
    fn ties_go_to_the_fewest_paths_then_to_the_given_order() {
        assert_eq!(decided(&question(2, &[(0, 1, 3)], &[])), (vec![0], vec![1]));
        // 1 can land with 0 or with 2; 0 leaves out a conflict of 5 paths, 2 one of 2.
        let asked = question(4, &[(0, 2, 2), (0, 3, 5), (2, 3, 1), (1, 3, 1)], &[]);
        assert_eq!(decided(&asked).0, [1, 2]);
    }

    #[test]
    fn what_a_branch_needs_lands_before_it_or_it_waits() {
        let asked = question(3, &[], &[(0, 2)]);
        assert_eq!(decided(&asked), (vec![1, 2, 0], vec![]));
        let mut asked = question(3, &[], &[(0, 2), (1, 0)]);
        asked.hopeless[2] = true;
        assert_eq!(decided(&asked), (vec![], vec![2, 0, 1]));
    }

    /// Small numbers without a pattern, the same on every run.
    struct Dice(u64);

    impl Dice {
        fn below(&mut self, limit: usize) -> usize {
            self.0 = self
                .0
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1);
            (self.0 >> 33) as usize % limit
        }

        fn question(&mut self, number: usize, density: usize) -> Question {
            let mut clashes = Vec::new();
            let mut depends = Vec::new();
            for a in 0..number {
                for b in 0..a {
                    if self.below(100) < density {
                        clashes.push((a, b, 1 + self.below(3)));
                    } else if self.below(100) < 15 {
                        depends.push((a, b));
                    }
                }
            }
            let mut question = question(number, &clashes, &depends);
            for at in 0..number {
                question.hopeless[at] = self.below(10) == 0;
            }
            question
        }
    }

    /// The definition, word for word: every set of branches is looked at.
    fn by_definition(question: &Question) -> Vec<bool> {
        let number = question.len();
        let sets = (0u32..1 << number)
            .map(|set| (0..number).map(|at| set >> at & 1 == 1).collect::<Vec<_>>());
        let sound = sets.filter(|set| {
            (0..number).filter(|&at| set[at]).all(|at| {
                !question.hopeless[at]
                    && question.depends[at].iter().all(|&need| set[need])
                    && (0..number).all(|other| !set[other] || question.clashes[at][other] == 0)
            })
        });
        sound.min_by_key(|set| question.score(set)).unwrap()
    }

    #[test]
    fn the_decision_is_that_of_brute_force() {
        let mut dice = Dice(7);
        for round in 0..400 {
            let number = dice.below(9);
            let density = 10 + dice.below(60);
            let asked = dice.question(number, density);
            let mut lands = vec![false; asked.len()];
            for &at in decide(&asked).lands() {
                lands[at] = true;
            }
            assert_eq!(lands, by_definition(&asked), "round {round}: {asked:?}");
        }
    }

    #[test]
    fn whatever_is_decided_is_sound_however_many_there_are() {
        let mut dice = Dice(11);
        for _ in 0..60 {
            let number = dice.below(40);
            let asked = dice.question(number, 30);
            let decided = decide(&asked);
            let mut all = decided.order.clone();
            all.sort_unstable();
            assert!(all.iter().copied().eq(0..asked.len()));
            for (place, &at) in decided.lands().iter().enumerate() {
                let before = &decided.order[..place];
                assert!(!asked.hopeless[at]);
                assert!(asked.depends[at].iter().all(|need| before.contains(need)));
                assert!(before.iter().all(|&other| asked.clashes[at][other] == 0));
            }
        }
    }

    #[test]
    fn beyond_the_exact_the_greedy_decision_is_close() {
        let mut dice = Dice(3);
        for _ in 0..100 {
            let number = 4 + dice.below(8);
            let asked = dice.question(number, 25);
            let exact = decide(&asked).landing;
            let greedy = asked.greedy().iter().filter(|lands| **lands).count();
            assert!(greedy + 2 >= exact && greedy <= exact, "{asked:?}");
        }
    }
}
