//! What `doctor` answers: one sentence, then what is to be mended, then what is well; or JSON.

use serde::Serialize;

use crate::doctor::{Finding, Level};

use super::look::Look;
use super::paint::Paint;
use super::text::{clean, count, wrap};

/// For people.
pub fn render(found: &[Finding], look: Look) -> String {
    let mut lines = vec![look.paint.bold(&sentence(found))];
    let (open, rest): (Vec<&Finding>, Vec<&Finding>) =
        found.iter().partition(|one| one.level == Level::Finding);
    for one in open {
        lines.push(String::new());
        lines.extend(told(one, look));
    }
    lines.push(String::new());
    lines.extend(rest.into_iter().flat_map(|one| told(one, look)));
    lines.join("\n").trim_end().to_owned()
}

/// "2 things to mend", "all is well".
fn sentence(found: &[Finding]) -> String {
    let open = found.iter().filter(|one| one.is_open()).count();
    let mended = found.iter().filter(|one| matches!(one.mended, Some(Ok(_))));
    let mended = mended.count();
    match (open, mended) {
        (0, 0) => "all is well".to_owned(),
        (0, _) => format!("{} mended, all is well", count(mended, "thing", "things")),
        (_, 0) => format!("{} to mend", count(open, "thing", "things")),
        _ => format!(
            "{} mended, {open} left to mend",
            count(mended, "thing", "things")
        ),
    }
}

/// One finding in lines that fit.
fn told(one: &Finding, look: Look) -> Vec<String> {
    let sign = match (one.level, &one.mended) {
        (Level::Well, _) | (_, Some(Ok(_))) => look.paint.green(look.signs.done),
        (Level::Note, _) => look.paint.dim(look.signs.dot),
        (Level::Finding, _) => look.paint.red(look.signs.failed),
    };
    let text = format!("{}: {}", clean(&one.subject), clean(&one.message));
    let mut lines = wrap(&text, look.columns.saturating_sub(2));
    match &one.mended {
        Some(Ok(done)) => lines.extend(wrap(
            &format!("mended: {}", clean(done)),
            look.columns.saturating_sub(2),
        )),
        Some(Err(why)) => lines.push(format!("not mended: {}", clean(why))),
        None => {}
    }
    if one.is_open()
        && let Some(command) = &one.next
    {
        lines.push(look.paint.cyan(&clean(command)));
    }
    let front = |(at, line): (usize, String)| match at {
        0 => format!("{sign} {line}"),
        _ => format!("  {line}"),
    };
    lines.into_iter().enumerate().map(front).collect()
}

/// What to type next.
pub fn next(found: &[Finding], paint: Paint) -> Vec<String> {
    let mendable = |one: &Finding| one.is_open() && one.can_be_mended();
    match found.iter().any(mendable) {
        true => vec![format!("next: {}", paint.cyan("git parallel doctor --fix"))],
        false => Vec::new(),
    }
}

/// For programs.
pub fn document(found: &[Finding]) -> Document {
    let entries = found.iter().map(|one| Entry {
        code: one.code,
        level: match one.level {
            Level::Well => "well",
            Level::Note => "note",
            Level::Finding => "finding",
        },
        subject: one.subject.clone(),
        message: one.message.clone(),
        open: one.is_open(),
        mendable: one.can_be_mended(),
        mended: one.mended.as_ref().map(Result::is_ok),
        mending: one.mended.as_ref().map(|mended| match mended {
            Ok(words) | Err(words) => words.clone(),
        }),
        next: one.next.clone(),
    });
    Document {
        version: 1,
        sentence: sentence(found),
        findings: entries.collect(),
    }
}

/// All that there is to say, for programs.
#[derive(Debug, Serialize)]
pub struct Document {
    version: u32,
    sentence: String,
    /// All that was looked at, what is well included.
    findings: Vec<Entry>,
}

#[derive(Debug, Serialize)]
struct Entry {
    code: &'static str,
    level: &'static str,
    subject: String,
    message: String,
    /// Whether something is still to be done.
    open: bool,
    /// Whether `--fix` would do something about it.
    mendable: bool,
    /// Absent where nothing was tried.
    #[serde(skip_serializing_if = "Option::is_none")]
    mended: Option<bool>,
    /// What mending it came to.
    #[serde(skip_serializing_if = "Option::is_none")]
    mending: Option<String>,
    /// The command that settles it.
    next: Option<String>,
}
