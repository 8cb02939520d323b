//! What a commit's tree holds.

use crate::error::Result;
use crate::id::Oid;

use super::repository::Repository;

impl Repository {
    /// Which of these paths the commit holds, as a file or a folder, in their order.
    pub fn holds(&self, commit: Oid, paths: &[&str]) -> Result<Vec<bool>> {
        if paths.is_empty() {
            return Ok(Vec::new());
        }
        // A line a question; what a line break would tear apart is not asked and not there.
        let asked = |path: &&str| !path.contains('\n');
        let questions = paths.iter().copied().filter(asked);
        let input: String = questions.map(|path| format!("{commit}:{path}\n")).collect();
        let git = self.git("cat-file").arg("--batch-check=%(objecttype)");
        let answers = git.input(input).run()?.text();
        let mut answers = answers.lines().map(|line| !line.ends_with(" missing"));
        let answer = |path: &&str| asked(path) && answers.next().unwrap_or(false);
        Ok(paths.iter().map(answer).collect())
    }
}
