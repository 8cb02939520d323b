//! What a file is for, as its path tells.

/// What a file is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum FileKind {
    Source,
    Test,
    Docs,
    /// What many tasks want to change: settings, build manifests, continuous integration.
    Configuration,
    /// Written by a package manager.
    Lock,
    /// A step of a database's schema: the order of such files matters.
    Migration,
    /// Written by a program; nobody edits it by hand.
    Generated,
    /// Somebody else's code, kept here.
    Vendored,
}

const TEST_FOLDERS: &[&str] = &[
    "test",
    "tests",
    "spec",
    "specs",
    "__tests__",
    "testing",
    "testdata",
    "fixtures",
    "t",
];
const VENDOR_FOLDERS: &[&str] = &[
    "vendor",
    "vendored",
    "third_party",
    "third-party",
    "node_modules",
];
const MIGRATION_FOLDERS: &[&str] = &["migrations", "migrate", "migration"];
const DOC_FOLDERS: &[&str] = &["doc", "docs", "documentation"];
const DOC_EXTENSIONS: &[&str] = &[
    "md", "markdown", "rst", "adoc", "asciidoc", "txt", "tex", "1",
];
const CONFIGURATION_EXTENSIONS: &[&str] = &[
    "toml",
    "yml",
    "yaml",
    "ini",
    "cfg",
    "conf",
    "env",
    "properties",
    "gradle",
];
const CONFIGURATION_FOLDERS: &[&str] = &["config", ".github", ".gitlab", ".circleci", ".config"];
const CONFIGURATION_FILES: &[&str] = &[
    "makefile",
    "dockerfile",
    "package.json",
    "tsconfig.json",
    "composer.json",
    "go.mod",
    "pom.xml",
    "cmakelists.txt",
    "gemfile",
    "rakefile",
    "setup.py",
    "setup.cfg",
    "justfile",
    "jenkinsfile",
    "procfile",
    "build.gradle.kts",
    ".gitignore",
    ".gitattributes",
    ".editorconfig",
    ".gitmodules",
];
/// What texts about who may use what lies here are called, up to the first mark.
const LEGAL_TEXTS: &[&str] = &["license", "licence", "copying", "copyright", "notice"];
const LOCK_FILES: &[&str] = &[
    "package-lock.json",
    "npm-shrinkwrap.json",
    "pnpm-lock.yaml",
    "bun.lockb",
    "go.sum",
    "gradle.lockfile",
    "packages.lock.json",
    "package.resolved",
];
const GENERATED_ENDINGS: &[&str] = &[
    ".min.js",
    ".min.css",
    ".pb.go",
    ".pb.cc",
    ".pb.h",
    "_pb2.py",
    "_pb2_grpc.py",
    ".g.dart",
    ".freezed.dart",
    ".generated.ts",
    ".generated.cs",
    ".designer.cs",
    "_generated.go",
    "_generated.rs",
    ".snap",
];

/// What the file at this path is for, as far as the path tells.
pub fn kind_of(path: &str) -> FileKind {
    let lower = path.to_lowercase();
    let (folders, name) = lower.rsplit_once('/').unwrap_or(("", &lower));
    let stem = name.split('.').next().unwrap_or_default();
    let extension = name.rsplit_once('.').map_or("", |(_, extension)| extension);
    let within = |names: &[&str]| folders.split('/').any(|folder| names.contains(&folder));
    if within(VENDOR_FOLDERS) {
        FileKind::Vendored
    } else if is_lock_file(name) {
        FileKind::Lock
    } else if within(MIGRATION_FOLDERS) {
        FileKind::Migration
    } else if GENERATED_ENDINGS
        .iter()
        .any(|ending| name.ends_with(ending))
    {
        FileKind::Generated
    } else if within(TEST_FOLDERS) || is_test_name(name, stem) {
        FileKind::Test
    } else if CONFIGURATION_FILES.contains(&name)
        || CONFIGURATION_EXTENSIONS.contains(&extension)
        || within(CONFIGURATION_FOLDERS)
    {
        FileKind::Configuration
    } else if DOC_EXTENSIONS.contains(&extension) || within(DOC_FOLDERS) {
        FileKind::Docs
    } else {
        FileKind::Source
    }
}

/// Whether a file of this name, in lower case, is written by a package manager.
pub fn is_lock_file(name: &str) -> bool {
    LOCK_FILES.contains(&name) || name.ends_with(".lock")
}

/// Whether the file at this path says who may use what lies here.
pub fn is_legal_text(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path).to_lowercase();
    let stem = name.split(['.', '-', '_']).next().unwrap_or_default();
    let extension = name.rsplit_once('.').map(|(_, extension)| extension);
    LEGAL_TEXTS.contains(&stem) && extension.is_none_or(|one| DOC_EXTENSIONS.contains(&one))
}

fn is_test_name(name: &str, stem: &str) -> bool {
    name.contains(".test.")
        || name.contains(".spec.")
        || stem.starts_with("test_")
        || stem.ends_with("_test")
        || stem.ends_with("_spec")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_tells_what_a_file_is_for() {
        let cases = [
            ("src/main.rs", FileKind::Source),
            ("lib/contest.rb", FileKind::Source),
            ("tests/api.rs", FileKind::Test),
            ("web/Login.spec.tsx", FileKind::Test),
            ("pkg/store_test.go", FileKind::Test),
            ("README.md", FileKind::Docs),
            ("Cargo.toml", FileKind::Configuration),
            (".github/workflows/ci.yml", FileKind::Configuration),
            ("Cargo.lock", FileKind::Lock),
            ("web/package-lock.json", FileKind::Lock),
            ("db/migrate/0001_init.rb", FileKind::Migration),
            ("api/v1/user.pb.go", FileKind::Generated),
            ("vendor/lib/test/x.c", FileKind::Vendored),
        ];
        for (path, kind) in cases {
            assert_eq!(kind_of(path), kind, "{path}");
        }
    }

    #[test]
    fn a_licence_is_told_from_code_about_licences() {
        for path in [
            "LICENSE-MIT",
            "deps/lua/COPYING.txt",
            "NOTICE",
            "licence.md",
        ] {
            assert!(is_legal_text(path), "{path}");
        }
        for path in ["src/license.rs", "notices.md", "license/check.py"] {
            assert!(!is_legal_text(path), "{path}");
        }
    }
}
