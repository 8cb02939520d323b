//! The program `git-parallel`: an exit code, nothing else.

fn main() -> std::process::ExitCode {
    git_parallel::main()
}
