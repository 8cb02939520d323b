//! What can be done with an analysis, as commands to paste.

use crate::angles::{AngleState, Report, Standing};

/// What is said about the standing, then the commands, most useful first.
pub fn next(report: &Report) -> (Option<String>, Vec<String>) {
    let id = report.plan.id;
    let done = report.done();
    let all = report.angles.len();
    let open: Vec<u32> = report
        .angles
        .iter()
        .filter(|angle| angle.state != AngleState::Done)
        .map(|angle| angle.number)
        .collect();
    let mut commands = Vec::new();
    let told = match report.standing() {
        Standing::All => None,
        Standing::Some(2) => {
            Some("2 angles answered in full: they can be combined two-way only".to_owned())
        }
        Standing::Some(done) => Some(format!(
            "{done} of {all} angles answered in full: these can be combined"
        )),
        Standing::Single => {
            Some("1 angle answered in full: a single result, nothing to combine".to_owned())
        }
        Standing::None => Some("no angle answered in full".to_owned()),
    };
    match done.as_slice() {
        [] | [_] => {}
        [one, two] => commands.push(format!("git parallel angles combine {id} {one} {two}")),
        done => {
            commands.push(format!("git parallel angles combine {id} --all"));
            commands.push(format!(
                "git parallel angles combine {id} {} {}",
                done[0], done[1]
            ));
        }
    }
    if let Some(one) = done.first() {
        commands.push(format!("git parallel angles ask {id} {one} 'TELL ME MORE'"));
    }
    match open.as_slice() {
        [] => {}
        [one] => commands.insert(
            0,
            format!("git parallel angles run --resume {id} --angles {one}"),
        ),
        _ => commands.insert(0, format!("git parallel angles run --resume {id}")),
    }
    (told, commands)
}
