//! An agent that asks before it edits: a stand-in that treats the hook it is started with as Claude
//! Code does. It runs the command with the question on standard input, and exit code 2 alone blocks.

use std::fs;

use super::Stage;

/// `edit FILE WORD`: asks the hook in `--settings`, and writes the file unless that says 2.
const CLAUDE: &str = r#"
for word; do
    if [ "$before" = --settings ]; then settings=$word; fi
    before=$word
done
hook=$(printf %s "$settings" | sed -n 's/.*"command":"\([^"]*\)".*/\1/p')
edit() {
    question='{"hook_event_name":"PreToolUse","tool_name":"Edit","cwd":"'$PWD'","tool_input":{"file_path":"'$1'"}}'
    printf %s "$question" | sh -c "$hook" > ../hook 2>&1
    if [ $? = 2 ]; then cat ../hook >> "../$GIT_PARALLEL_NAME.refused"; else echo "$2" > "$1"; fi
}
wait_for() { until test -e "../$1"; do sleep 0.02; done; }
case $GIT_PARALLEL_NAME in
    owner) touch ../ready; wait_for tried; edit shared.txt owner ;;
    other) wait_for ready; edit shared.txt other; edit own.txt other; touch ../tried ;;
esac
cat "$STREAMS/claude-done.jsonl"
"#;

fn stage() -> Stage {
    let stage = Stage::new();
    stage.program("claude", CLAUDE);
    let tasks = "### T001: Owner\n**Files**: shared.txt (new)\n### T002: Other\n";
    stage.repo.file("tasks.md", tasks);
    stage
}

fn read(stage: &Stage, path: &str) -> Option<String> {
    fs::read_to_string(stage.repo.around().join(path)).ok()
}

#[test]
fn an_edit_of_a_file_that_another_running_task_declared_is_refused_with_its_owner() {
    let stage = stage();
    let settings = stage.repo.home().join(".claude/settings.json");
    stage
        .repo
        .file_at(&stage.repo.home(), ".claude/settings.json", "{}");
    let answer = stage.run("claude", &[]);
    assert_eq!(answer["state"], "done", "{answer:#}");
    let refused = read(&stage, "other.refused").expect("a refusal");
    assert!(
        refused.contains("shared.txt belongs to T001 (owner)"),
        "{refused}"
    );
    assert!(refused.contains("go on without changing it"), "{refused}");
    assert_eq!(read(&stage, "project-other/shared.txt"), None);
    assert_eq!(
        read(&stage, "project-other/own.txt").as_deref(),
        Some("other\n")
    );
    assert_eq!(
        read(&stage, "project-owner/shared.txt").as_deref(),
        Some("owner\n")
    );
    assert_eq!(read(&stage, "owner.refused"), None);
    assert_eq!(fs::read_to_string(settings).expect("settings"), "{}");
}

#[test]
fn settings_that_the_user_gave_stay_the_only_ones() {
    let stage = stage();
    let own = r#"{"hooks":{"PreToolUse":[{"hooks":[{"command":"exit 2"}]}]}}"#;
    let answer = stage.run("claude", &["--", "--settings", own]);
    assert_eq!(answer["tasks"][0]["outcome"], "no-change", "{answer:#}");
    assert_eq!(read(&stage, "owner.refused").as_deref(), Some(""));
}
