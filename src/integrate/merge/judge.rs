//! Who breaks the verification: all at once first, then by halves, then the suspect by itself.

use crate::error::Result;
use crate::git::ObjectSpace;
use crate::integrate::landing::Stack;
use crate::integrate::verify::{Subject, Verification, Verifier};

use super::Choice;
use super::behind::{Breaks, How};
use super::bisect::first_failing;
use super::build::Built;
use super::builder::Builder;

/// What was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Judgement {
    /// All of it passes.
    Passed(Verification),
    /// The target fails by itself.
    Target(Verification),
    /// With this one of the stack it fails, and without it, it passes.
    Breaks { at: usize, breaks: Breaks },
}

/// Verifies the stack of what is to land, whose first `good` ones are known to pass.
pub fn judge(
    verifier: &mut Verifier<'_>,
    builder: &Builder<'_>,
    choice: &Choice<'_>,
    stack: &Stack,
    good: usize,
) -> Result<Judgement> {
    let of = stack.landed.len();
    let all = verifier.verify(stack.tip, &Subject::All(of))?;
    if all.passed {
        return Ok(Judgement::Passed(all));
    }
    let first = first_failing(good, of, |first| {
        let subject = Subject::First { first, of };
        let tip = stack.landed[first - 1].merge;
        Ok(verifier.verify(tip, &subject)?.passed)
    })?;
    if first == 1 {
        let subject = Subject::Target(stack.target.name.clone());
        let target = verifier.verify(stack.target.commit, &subject)?;
        if !target.passed {
            return Ok(Judgement::Target(target));
        }
    }
    let at = first - 1;
    let subject = Subject::First { first, of };
    let verification = verifier.verify(stack.landed[at].merge, &subject)?;
    let mut suspect = Suspect {
        verifier,
        builder,
        choice,
        at,
    };
    let how = match at {
        0 => How::Alone,
        _ => suspect.how()?,
    };
    Ok(Judgement::Breaks {
        at,
        breaks: Breaks {
            how,
            commit: stack.landed[at].merge,
            verification,
        },
    })
}

/// One of the stack with which the verification fails, while it passes with all that is below.
struct Suspect<'a, 'v> {
    verifier: &'a mut Verifier<'v>,
    builder: &'a Builder<'a>,
    choice: &'a Choice<'a>,
    /// Where in the order it stands.
    at: usize,
}

impl Suspect<'_, '_> {
    /// By itself, or together with whom: the last of the fewest first ones that it takes.
    fn how(&mut self) -> Result<How> {
        if !self.choice.depends[self.choice.lands[self.at]].is_empty() {
            return Ok(How::OnTop);
        }
        match self.passes(0)? {
            None => return Ok(How::OnTop),
            Some(false) => return Ok(How::Alone),
            Some(true) => {}
        }
        // What cannot be built without the rest says nothing: then it takes more of them.
        let with = first_failing(0, self.at, |first| Ok(self.passes(first)?.unwrap_or(true)))?;
        Ok(How::Together(self.name(with - 1)))
    }

    /// Whether the verification passes with the suspect on the `first` ones only; `None` where it
    /// does not go there.
    fn passes(&mut self, first: usize) -> Result<Option<bool>> {
        let builder = Builder {
            commits: &ObjectSpace::kept_unsigned(self.builder.commits.repository()),
            hooks: None,
            ..*self.builder
        };
        let mut order = self.choice.lands[..first].to_vec();
        order.push(self.choice.lands[self.at]);
        let Built::Ready(stack) = builder.build(self.choice.open, &order)? else {
            return Ok(None);
        };
        let name = self.name(self.at);
        let subject = match first {
            0 => Subject::Alone(name),
            _ => Subject::Onto { name, first },
        };
        Ok(Some(self.verifier.verify(stack.tip, &subject)?.passed))
    }

    fn name(&self, position: usize) -> String {
        self.choice.name(self.choice.lands[position])
    }
}
