//! `angles list`, `show`, `ask` and `combine`: what is kept, and what is made of it.

use super::{angles, program};
use crate::support::{Ill, Ollama, Repo, Terminal, have};

fn analysed() -> (Repo, Ollama) {
    let (repo, server) = (program(), Ollama::new());
    angles(&repo, &server, &["run", "src", "security"]).code(0);
    server.asked();
    (repo, server)
}

#[test]
fn a_conversation_goes_on() {
    let (repo, server) = analysed();
    let ask = |question: &str| angles(&repo, &server, &["ask", "a1", "1", question]).ok();
    assert_eq!(
        ask("What about login?"),
        "You asked: What about login? I have 4 messages.\n"
    );
    assert_eq!(
        ask("And then?"),
        "You asked: And then? I have 6 messages.\n"
    );
    let sent = server.asked();
    let words = sent[0]["messages"].to_string();
    assert!(
        words.contains("password is compared by time") && words.contains("[f1]"),
        "{words}"
    );
    angles(&repo, &server, &["ask", "a1", "9", "x"])
        .code(2)
        .says("a1 has no angle '9', only 1 Security, 2");
    angles(&repo, &server, &["ask", "a7", "1", "x"])
        .code(3)
        .says("there is no analysis a7");
}

#[test]
fn combinations_have_their_purpose_and_cite_findings() {
    let (repo, server) = analysed();
    let combine = |args: &[&str]| angles(&repo, &server, &[&["combine", "a1"], args].concat());
    let two = combine(&["1", "2"]).ok();
    assert!(
        two.starts_with("Security + Architecture\n\nRelations\n  - About relations. [f1, "),
        "{two}"
    );
    let three = combine(&["Security", "code quality", "3", "--json"]).json(0);
    assert_eq!(
        (&three["angles"], &three["sections"][0]["title"]),
        (&serde_json::json!([1, 3, 4]), &"Themes".into())
    );
    let all = combine(&["--all"]).ok();
    assert!(
        all.contains("Top issues") && all.contains("Overall health"),
        "{all}"
    );
    let own = combine(&["1", "4", "--ask", "What first?"]).ok();
    assert!(own.contains("What first?\n\nAnswer\n"), "{own}");
    let kept = angles(&repo, &server, &["show", "--json"]).json(0);
    assert_eq!(kept["combinations"].as_array().map(Vec::len), Some(4));
    combine(&["1"])
        .code(2)
        .says("one angle alone is no combination");
    combine(&["1", "9"]).code(2).says("a1 has no angle '9'");
}

#[test]
fn a_combination_that_cites_what_is_not_there_is_rejected() {
    let (repo, server) = analysed();
    server.ails("You combine reviews", Ill::CitesUnknown, 1);
    angles(&repo, &server, &["combine", "a1", "1", "2"]).code(0);
    assert_eq!(server.asked().len(), 2, "it is told once what is wrong");
    server.ails("You combine reviews", Ill::CitesUnknown, 2);
    angles(&repo, &server, &["combine", "a1", "1", "2"])
        .code(3)
        .says("it cites findings that do not exist: f99");
    let kept = angles(&repo, &server, &["show", "--json"]).json(0);
    assert_eq!(kept["combinations"].as_array().map(Vec::len), Some(1));
}

#[test]
fn without_a_terminal_the_menu_is_the_list() {
    let repo = Repo::new();
    assert_eq!(repo.parallel(["angles"]).ok(), "no analysis yet\n");
    let (repo, server) = analysed();
    let list = angles(&repo, &server, &["list", "--json"]).json(0);
    assert_eq!(
        (
            &list["analyses"][0]["id"],
            &list["analyses"][0]["angles_done"]
        ),
        (&"a1".into(), &4.into())
    );
    let question = "is any of what anybody can type in here ever taken for a command of ours?";
    angles(&repo, &server, &["run", "src", question]).code(0);
    let text = angles(&repo, &server, &[]).ok();
    assert!(
        text.starts_with("a1  20") && text.contains("from 4 of 4 angles: Software Quality of src"),
        "{text}"
    );
    assert!(
        text.lines().all(|line| line.chars().count() <= 80),
        "{text}"
    );
    assert!(text.contains(&format!("\n    {question}\n")), "{text}");
}

#[test]
fn on_a_terminal_the_menu_leads_to_a_combination() {
    if !have("script") {
        return;
    }
    let (repo, server) = analysed();
    let env = [("OLLAMA_HOST", server.host())];
    let mut terminal = Terminal::start("git parallel angles", repo.path(), &repo.home(), &env);
    terminal
        .sees("What would you like to do next?")
        .sees("Number, or Enter to leave:");
    terminal.types("2\n").sees("Which angles?").types("1 4\n");
    terminal
        .sees("Security + Code Quality")
        .sees("About relations. [f1");
}

#[test]
fn somebody_else_at_work_is_named() {
    let (repo, server) = (program(), Ollama::new());
    server.ails("only: ", Ill::Silence, 9);
    let mut child = angles(&repo, &server, &["run", "src", "security"]).spawn();
    let end = std::time::Instant::now() + std::time::Duration::from_secs(60);
    while server.requests() < 6 && std::time::Instant::now() < end {
        std::thread::sleep(std::time::Duration::from_millis(20));
    }
    angles(&repo, &server, &["run", "--resume", "a1"])
        .code(5)
        .says("angles run a1");
    child.kill().expect("a kill");
    child.wait().expect("an end");
    server.heal();
    angles(&repo, &server, &["run", "--resume", "a1"]).code(0);
}
