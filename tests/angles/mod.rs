//! `git parallel angles`: a question, looked at from several perspectives by a model.

mod faults;
mod gguf;
mod inference;
mod kept;
mod plan;
mod run;

use crate::support::{Call, Ollama, Repo};

/// A program with bugs that say so, tests, documentation, and what must not be read.
fn program() -> Repo {
    let repo = Repo::new();
    repo.file(
        "src/login.rs",
        "fn login() {\n    // BUG: password is compared by time\n    compare();\n}\n",
    )
    .file(
        "src/api/users.rs",
        "fn users() {\n    // BUG: disputed query in a loop\n    query();\n}\n",
    )
    .file("tests/login.rs", "fn test_login() {}\n")
    .file("docs/guide.md", "# Guide\n\nBUG: invented promise\n")
    .file("Cargo.lock", "# @generated\n")
    .file("logo.png", "\u{89}PNG\0\0")
    .file(".env", "TOKEN=very-secret-value\n")
    .file("deploy/key.txt", "-----BEGIN RSA PRIVATE KEY-----\nabc\n")
    .file(".gitignore", "target/\n")
    .commit("Write it");
    repo
}

/// `git parallel angles …` with the stand-in as its server.
fn angles(repo: &Repo, server: &Ollama, args: &[&str]) -> Call {
    repo.parallel(["angles"])
        .args(args)
        .env("OLLAMA_HOST", server.host())
}
