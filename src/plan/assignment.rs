//! What the agent of a task is told, in full.

use super::model::Task;

impl Task {
    /// Title, prompt, files and how success is checked: everything that was written about it.
    pub fn assignment(&self) -> String {
        let mut parts = Vec::new();
        if !self.prompt.contains(&self.title) {
            parts.push(self.title.clone());
        }
        parts.push(self.prompt.clone());
        if !self.files.is_empty() {
            parts.push(format!("Files: {}", self.files.spell()));
        }
        parts.extend(
            self.success
                .as_ref()
                .map(|success| format!("Success: {success}")),
        );
        parts.join("\n\n") + "\n"
    }
}

#[cfg(test)]
mod tests {
    use crate::plan::testing::task;

    #[test]
    fn an_agent_is_told_everything_once() {
        let mut task = task(1, &[]);
        task.title = "Add login".to_owned();
        task.prompt = "- [ ] a form".to_owned();
        task.files.create = vec!["login.html".to_owned()];
        task.success = Some("it opens".to_owned());
        let all = "Add login\n\n- [ ] a form\n\nFiles: login.html (new)\n\nSuccess: it opens\n";
        assert_eq!(task.assignment(), all);
        let mut bare = crate::plan::testing::task(2, &[]);
        bare.prompt = bare.title.clone();
        assert_eq!(bare.assignment(), "Task 2\n");
    }
}
