//! Which files a goal is probably about: a list, and how sure that is.

use serde_json::{Value, json};

use crate::id::Oid;
use crate::survey::{Candidate, Forecast};

use super::look::Look;
use super::text::{clean, count};

/// For people: what is likely, then what may be.
pub fn render(goal: &str, forecast: &Forecast, look: Look) -> String {
    let mut lines = vec![look.paint.bold(&sentence(forecast))];
    lines.push(look.fit(&format!("goal: {}", clean(goal)), look.columns));
    let (likely, perhaps): (Vec<&Candidate>, _) =
        forecast.files.iter().partition(|file| file.likely);
    for (title, files) in [("likely", likely), ("perhaps", perhaps)] {
        if !files.is_empty() {
            lines.extend([String::new(), look.paint.dim(title)]);
        }
        for file in files {
            let line = format!("  {:.2}  {}", file.score, clean(&file.path));
            lines.push(look.fit(&line, look.columns));
        }
    }
    lines.join("\n")
}

fn sentence(forecast: &Forecast) -> String {
    let likely = forecast.files.iter().filter(|file| file.likely).count();
    match (likely, forecast.is_guess()) {
        (0, _) => "no file has anything to do with these words".to_owned(),
        (_, true) => "a guess: no file stands out from the others".to_owned(),
        (likely, false) => format!(
            "{} out; large changes touch more than any list foretells",
            count(likely, "file stands", "files stand")
        ),
    }
}

/// For programs.
pub fn document(goal: &str, commit: Oid, forecast: &Forecast) -> Value {
    let rounded = |number: f32| (f64::from(number) * 1000.0).round() / 1000.0;
    json!({
        "version": 1,
        "commit": commit,
        "goal": goal,
        "confidence": rounded(forecast.confidence),
        "guess": forecast.is_guess(),
        "files": forecast.files.iter().map(|file| json!({
            "path": file.path, "score": rounded(file.score), "likely": file.likely,
        })).collect::<Vec<_>>(),
    })
}
