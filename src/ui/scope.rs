//! Which files a goal is probably about: a list, and how sure that is.

use serde_json::{Value, json};

use crate::id::Oid;
use crate::survey::{Candidate, Forecast, Partition, Surroundings, Usual};

use super::json::with_exact;
use super::look::Look;
use super::text::{clean, count, wrap};

/// For people: what is likely, then what may be.
pub fn render(goal: &str, forecast: &Forecast, around: &Surroundings, look: Look) -> String {
    let mut lines = vec![look.paint.bold(&sentence(forecast))];
    lines.push(look.fit(&format!("goal: {}", clean(goal)), look.columns));
    let (likely, perhaps): (Vec<&Candidate>, _) =
        forecast.files.iter().partition(|file| file.likely);
    for (title, files) in [("likely", likely), ("perhaps", perhaps)] {
        if !files.is_empty() {
            lines.extend([String::new(), look.paint.dim(title)]);
        }
        for file in files {
            let line = format!("  {:>3.0} %  {}", file.score * 100.0, clean(&file.path));
            lines.push(look.fit(&line, look.columns));
        }
    }
    lines.extend(usual(around, look));
    lines.extend(divisions(around, look));
    lines.extend(twin(around, look));
    lines.join("\n")
}

fn usual(around: &Surroundings, look: Look) -> Vec<String> {
    if around.usual.is_empty() {
        return Vec::new();
    }
    let line = |usual: &Usual| {
        let times = format!("{} of {}", usual.both, usual.of);
        let line = format!(
            "  {}  {times} with {}",
            clean(&usual.path),
            clean(&usual.with)
        );
        look.fit(&line, look.columns)
    };
    [
        String::new(),
        look.paint.dim("usually comes along, in changes"),
    ]
    .into_iter()
    .chain(around.usual.iter().map(line))
    .collect()
}

fn twin(around: &Surroundings, look: Look) -> Vec<String> {
    if around.likely.is_empty() {
        return Vec::new();
    }
    let text = format!(
        "a second task in the likely files would conflict with a probability of {:.0} %: {}",
        around.twin.probability * 100.0,
        clean(&around.twin.reason)
    );
    let mut lines = vec![String::new()];
    lines.extend(wrap(&text, look.columns));
    lines
}

fn divisions(around: &Surroundings, look: Look) -> Vec<String> {
    if around.divisions.is_empty() {
        return Vec::new();
    }
    let line = |division: &Partition| {
        let sizes: Vec<String> = division
            .parts
            .iter()
            .map(|part| part.len().to_string())
            .collect();
        let kept = division.locality.map_or_else(String::new, |locality| {
            let joint = count(division.joint, "joint change", "joint changes");
            format!(", {:.0} % of {joint} stay in one part", locality * 100.0)
        });
        format!(
            "  {} parts of {} files{kept}",
            sizes.len(),
            sizes.join(" + ")
        )
    };
    [
        String::new(),
        look.paint
            .dim("the likely files in parts of about the same size"),
    ]
    .into_iter()
    .chain(around.divisions.iter().map(line))
    .collect()
}

fn sentence(forecast: &Forecast) -> String {
    let likely = forecast.files.iter().filter(|file| file.likely).count();
    match (likely, forecast.is_guess()) {
        (0, _) => "no file has anything to do with these words".to_owned(),
        (_, true) => "a guess: no file stands out from the others".to_owned(),
        (likely, false) => format!(
            "{} out; the first five hold some {:.0} % of what such a change touches",
            count(likely, "file stands", "files stand"),
            forecast.confidence * 100.0
        ),
    }
}

/// For programs.
pub fn document(goal: &str, commit: Oid, forecast: &Forecast, around: &Surroundings) -> Value {
    let rounded = |number: f32| (f64::from(number) * 1000.0).round() / 1000.0;
    let exact = |document: Value| {
        ["path", "with"].iter().fold(document, |document, key| {
            let path = document[key].as_str();
            let exact = path.and_then(|path| around.exact.get(path));
            with_exact(document, &format!("{key}_base64"), exact)
        })
    };
    json!({
        "version": 1,
        "commit": commit,
        "goal": goal,
        "confidence": rounded(forecast.confidence),
        "guess": forecast.is_guess(),
        "files": forecast.files.iter().map(|file| exact(json!({
            "path": file.path, "score": rounded(file.score), "likely": file.likely,
        }))).collect::<Vec<_>>(),
        "companions": around.usual.iter().map(|usual| exact(json!({
            "path": usual.path, "with": usual.with, "both": usual.both, "of": usual.of,
        }))).collect::<Vec<_>>(),
        "divisions": around.divisions.iter().map(|division| json!({
            "parts": division.parts.iter().zip(&division.loads).map(|(part, lines)| json!({
                "files": part.iter().map(|&at| &around.likely[at]).collect::<Vec<_>>(),
                "lines": lines,
            })).collect::<Vec<_>>(),
            "locality": division.locality.map(|locality| (locality * 1000.0).round() / 1000.0),
            "joint_changes": division.joint,
        })).collect::<Vec<_>>(),
        "second_task": {
            "probability": rounded(around.twin.probability as f32),
            "risk": around.twin.danger.as_str(),
            "reason": around.twin.reason,
            "files": around.twin.files.iter().map(|file| exact(json!({
                "path": file.path, "probability": rounded(file.probability as f32),
                "compared": file.compared, "collided": file.collided,
            }))).collect::<Vec<_>>(),
        },
    })
}
