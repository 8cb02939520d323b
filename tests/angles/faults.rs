//! Whatever a server does, a run ends within its limits, says what happened, and keeps the rest.

use serde_json::Value;

use super::{angles, program};
use crate::support::{Ill, Ollama, Repo};

/// A run in which the angle Architecture always meets `ill`.
fn hit_by(ill: Ill, settings: &[(&str, &str)]) -> (Repo, Ollama, Value) {
    let (repo, server) = (program(), Ollama::new());
    for (key, value) in settings {
        repo.git(["config", key, value]);
    }
    server.ails("only: Architecture", ill, 100);
    let report = angles(&repo, &server, &["run", "src", "security", "--json"])
        .run()
        .json();
    (repo, server, report)
}

#[track_caller]
fn only_that_angle_failed(report: &Value, reason: &str) {
    let states: Vec<_> = (0..4)
        .map(|at| report["angles"][at]["state"].as_str().expect("a state"))
        .collect();
    assert_eq!(states, ["done", "failed", "done", "done"], "{report:#}");
    let said = report["angles"][1]["reason"].as_str().expect("a reason");
    assert!(said.contains(reason), "'{said}' lacks '{reason}'");
    assert!(report["coverage"]["bytes_unseen"].as_u64() > Some(0));
}

#[track_caller]
fn all_is_well(report: &Value) {
    assert!(
        (0..4).all(|at| report["angles"][at]["state"] == "done"),
        "{report:#}"
    );
    assert_eq!(
        report["angles"][1]["findings"].as_array().map(Vec::len),
        Some(2)
    );
    assert_eq!(
        report["angles"][1]["findings"][0]["why"],
        "Straße, größer: it says so."
    );
}

#[test]
fn one_byte_at_a_time_through_the_middle_of_characters_is_an_answer() {
    all_is_well(&hit_by(Ill::OneByteChunks, &[]).2);
}

#[test]
fn a_stream_that_is_cut_short_is_no_answer() {
    only_that_angle_failed(&hit_by(Ill::CutShort, &[]).2, "broke off");
}

#[test]
fn an_error_in_the_stream_is_no_answer() {
    only_that_angle_failed(&hit_by(Ill::InBandError, &[]).2, "unexpected EOF");
    only_that_angle_failed(
        &hit_by(Ill::Replay("runner-killed-midstream"), &[]).2,
        "unexpected EOF",
    );
}

#[test]
fn what_a_real_server_answers_in_its_troubles_is_understood() {
    let troubles = [
        (
            "ctx-template-silent-200",
            "in another form than was asked for",
        ),
        ("chat-stream", "does not take the whole prompt"),
        ("schema-stream", "does not take the whole prompt"),
    ];
    for (recording, reason) in troubles {
        only_that_angle_failed(&hit_by(Ill::Replay(recording), &[]).2, reason);
    }
}

#[test]
fn what_is_not_said_to_be_done_is_no_answer() {
    only_that_angle_failed(
        &hit_by(Ill::NeverDone, &[]).2,
        "without saying that it is done",
    );
}

#[test]
fn a_prompt_that_was_dropped_without_a_word_is_not_taken_for_read() {
    let (_, _, report) = hit_by(Ill::DropsPrompt, &[]);
    only_that_angle_failed(&report, "does not take the whole prompt");
    assert_eq!(report["angles"][1]["findings"], serde_json::json!([]));
}

#[test]
fn a_server_that_is_busy_is_asked_again() {
    let (repo, server) = (program(), Ollama::new());
    for status in [503, 429, 502] {
        server.ails(
            "only: Architecture",
            Ill::Status(status, "server busy, please try again"),
            1,
        );
    }
    let report = angles(&repo, &server, &["run", "src", "security", "--json"]).json(0);
    all_is_well(&report);
    assert_eq!(report["timing"]["requests"], 7);
}

#[test]
fn a_server_that_answers_a_byte_a_second_is_given_up() {
    let settings = [("parallel.timeout", "3s")];
    only_that_angle_failed(
        &hit_by(Ill::Trickle, &settings).2,
        "did not finish its answer within 3 s",
    );
}

#[test]
fn a_server_that_says_nothing_is_given_up() {
    let settings = [("parallel.silence", "3s")];
    only_that_angle_failed(
        &hit_by(Ill::Silence, &settings).2,
        "has said nothing for 3 s",
    );
}

#[test]
fn a_line_and_an_answer_without_end_are_cut_off() {
    let (_, server, report) = hit_by(Ill::EndlessLine, &[]);
    only_that_angle_failed(&report, "sent a line of more than 256 KiB");
    assert!(
        server.written() < 64 << 20,
        "{} bytes were taken",
        server.written()
    );
    let (_, server, report) = hit_by(Ill::EndlessStream, &[]);
    only_that_angle_failed(&report, "answered more than 4 MiB");
    assert!(
        server.written() < 128 << 20,
        "{} bytes were taken",
        server.written()
    );
}

#[test]
fn a_redirect_is_not_followed() {
    let elsewhere = Ollama::new();
    let place = format!("http://{}/api/chat", elsewhere.host());
    let (repo, server) = (program(), Ollama::new());
    server.ails("only: ", Ill::Redirect(place), 100);
    angles(&repo, &server, &["run", "src", "security"])
        .code(3)
        .says("which is not followed");
    assert_eq!(elsewhere.requests(), 0);
}

#[test]
fn an_answer_in_words_is_no_answer_and_one_without_room_is_asked_for_in_parts() {
    only_that_angle_failed(&hit_by(Ill::Prose, &[]).2, "in another form");
    let (repo, server) = (program(), Ollama::new());
    server.ails("only: Architecture", Ill::NoRoom, 1);
    all_is_well(&angles(&repo, &server, &["run", "src", "security", "--json"]).json(0));
    assert_eq!(server.asked().len(), 6, "one of four in two parts");
}

#[test]
fn a_failed_angle_is_run_again_alone_and_what_remains_can_be_combined() {
    let (repo, server) = (program(), Ollama::new());
    server.ails("only: Architecture", Ill::Status(500, "out of memory"), 9);
    angles(&repo, &server, &["run", "src", "security"])
        .code(1)
        .answers("failed")
        .says("3 of 4 angles answered in full: these can be combined")
        .says("next: git parallel angles run --resume a1 --angles 2");
    angles(&repo, &server, &["combine", "a1", "1", "2"])
        .code(3)
        .says("angle 2, Architecture, was not answered in full");
    angles(&repo, &server, &["combine", "a1", "1", "3"]).code(0);
    server.heal();
    server.asked();
    angles(&repo, &server, &["run", "--resume", "a1", "--angles", "2"]).code(0);
    assert_eq!(server.asked().len(), 1);
}

#[test]
fn two_angles_can_be_combined_two_way_one_not_and_none_is_a_failure() {
    let (repo, server) = (program(), Ollama::new());
    let ail = |name: &str| server.ails(name, Ill::Status(500, "out of memory"), 1);
    ail("only: Security");
    ail("only: Architecture");
    angles(&repo, &server, &["run", "src", "security"])
        .code(1)
        .says("2 angles answered in full: they can be combined two-way only")
        .says("git parallel angles combine a1 3 4");
    for name in ["only: Security", "only: Architecture", "only: Performance"] {
        ail(name);
    }
    angles(&repo, &server, &["run", "src", "another question"])
        .code(1)
        .says("a single result, nothing to combine");
    angles(&repo, &server, &["combine", "a2", "--all"])
        .code(3)
        .says("there is nothing to combine");
    server.ails("only: ", Ill::Status(500, "out of memory"), 4);
    angles(&repo, &server, &["run", "src", "a third question"])
        .code(3)
        .says("no angle of a3 was answered in full");
}
