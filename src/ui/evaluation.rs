//! How well the conflict forecast would have done on the repository's own past.

use serde_json::{Value, json};

use crate::id::Oid;
use crate::survey::Evaluation;

use super::look::Look;
use super::text::{count, wrap};

/// For people: what was asked, what came of it, and what the figures mean.
pub fn render(evaluation: &Evaluation, look: Look) -> String {
    let mut lines = wrap(&sentence(evaluation), look.columns);
    if let Some(first) = lines.first_mut() {
        *first = look.paint.bold(first);
    }
    if evaluation.positives > 0 {
        let figures = [
            (
                "precision",
                evaluation.precision,
                "of the pairs called a conflict, those that were",
            ),
            (
                "recall",
                evaluation.recall,
                "of the conflicts, those that were called so",
            ),
            ("F1", evaluation.f1, "the harmonic mean of both"),
            (
                "AP",
                evaluation.ap,
                "average precision, whatever the threshold",
            ),
            (
                "AUC",
                evaluation.auc,
                "how often a conflict ranks above a pair without one",
            ),
            (
                "AUC, sharing",
                evaluation.auc_shared,
                "the same among pairs that share a file",
            ),
        ];
        lines.push(String::new());
        for (name, figure, meaning) in figures {
            lines.push(format!(
                "{name:<12}  {figure:.3}  {}",
                look.paint.dim(meaning)
            ));
        }
    }
    let called = match evaluation.positives {
        0 => String::new(),
        _ => format!(
            " A pair is called a conflict from {:.2} on",
            evaluation.threshold
        ),
    };
    let basis = format!(
        "fitted to the earlier half of {}, asked about the later half: would two changes at most ten \
         apart have conflicted, had they run side by side?{called}",
        count(evaluation.changes, "change", "changes"),
    );
    lines.push(String::new());
    lines.extend(wrap(&basis, look.columns));
    lines.join("\n")
}

fn sentence(evaluation: &Evaluation) -> String {
    let pairs = count(evaluation.pairs, "pair", "pairs");
    match evaluation.positives {
        0 => format!("the past has too little to tell: no conflict in {pairs} of changes"),
        positives => format!(
            "{:.0} % of the conflicts foretold, {:.0} % of the warnings right: {positives} of {pairs} \
             would have conflicted, {} share a file",
            100.0 * evaluation.recall,
            100.0 * evaluation.precision,
            evaluation.sharing,
        ),
    }
}

/// For programs.
pub fn document(commit: Oid, evaluation: &Evaluation) -> Value {
    let rounded = |number: f64| (number * 10_000.0).round() / 10_000.0;
    json!({
        "version": 1,
        "commit": commit,
        "changes": evaluation.changes,
        "pairs": evaluation.pairs,
        "positives": evaluation.positives,
        "sharing": evaluation.sharing,
        "threshold": rounded(evaluation.threshold),
        "precision": rounded(evaluation.precision),
        "recall": rounded(evaluation.recall),
        "f1": rounded(evaluation.f1),
        "ap": rounded(evaluation.ap),
        "auc": rounded(evaluation.auc),
        "auc_shared": rounded(evaluation.auc_shared),
    })
}
