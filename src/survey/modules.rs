//! The parts that a repository falls into: what a build manifest calls a package, and within a
//! package that is most of the code, its folders.

use std::collections::{BTreeMap, HashMap};

use super::census::SurveyedFile;
use super::kind::FileKind;

/// A module with a greater share of the lines than this is divided by its folders.
const LARGEST_SHARE: f64 = 0.25;
/// Smaller modules are not worth dividing.
const FEWEST_FILES: usize = 12;
/// More modules than this are not looked at by anybody.
const MOST: usize = 200;

/// Files that tell where a package begins, and the tool that reads them.
const MANIFESTS: &[(&str, &str)] = &[
    ("Cargo.toml", "cargo"),
    ("package.json", "npm"),
    ("pyproject.toml", "python"),
    ("setup.py", "python"),
    ("go.mod", "go"),
    ("pom.xml", "maven"),
    ("build.gradle", "gradle"),
    ("build.gradle.kts", "gradle"),
    ("composer.json", "composer"),
    ("Gemfile", "bundler"),
    ("mix.exs", "mix"),
    ("pubspec.yaml", "dart"),
    ("Package.swift", "swift"),
    ("CMakeLists.txt", "cmake"),
    ("dune-project", "dune"),
    ("build.sbt", "sbt"),
    ("stack.yaml", "stack"),
];

/// A part of a repository.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Module {
    /// The folder, without a slash at its end; empty for the root.
    pub folder: String,
    /// The tool that builds it, where it has a manifest of its own.
    pub tool: Option<&'static str>,
    /// Positions in the census, ascending: what lies in the folder and in no module below it.
    pub files: Vec<u32>,
    /// Lines that are not blank.
    pub lines: u64,
}

/// The modules, the largest first. Only source and tests make a module.
pub fn modules(files: &[SurveyedFile]) -> Vec<Module> {
    let packages = packages(files);
    let total: u64 = files
        .iter()
        .filter(|f| f.is_work())
        .map(SurveyedFile::weight)
        .sum();
    let largest = (total as f64 * LARGEST_SHARE) as u64;
    let mut found = Vec::new();
    let mut open: Vec<Module> = packages;
    while let Some(module) = open.pop() {
        let divided = if module.lines > largest && found.len() + open.len() < MOST {
            divide(files, &module)
        } else {
            Vec::new()
        };
        if divided.is_empty() {
            found.push(module);
        } else {
            open.extend(divided);
        }
    }
    found.sort_by(|a, b| b.lines.cmp(&a.lines).then_with(|| a.folder.cmp(&b.folder)));
    found
}

/// Every file that is work, by the nearest manifest above it.
fn packages(files: &[SurveyedFile]) -> Vec<Module> {
    let mut tools: HashMap<&str, &'static str> = HashMap::new();
    for file in files.iter().filter(|file| !is_aside(file.kind)) {
        let (folder, name) = split(&file.path);
        if let Some((_, tool)) = MANIFESTS.iter().find(|(manifest, _)| *manifest == name) {
            tools.entry(folder).or_insert(tool);
        }
    }
    let mut packages: BTreeMap<&str, Vec<u32>> = BTreeMap::new();
    for (at, file) in (0..).zip(files).filter(|(_, file)| file.is_work()) {
        let above = std::iter::successors(Some(split(&file.path).0), |folder| {
            (!folder.is_empty()).then(|| split(folder).0)
        });
        let home = above.into_iter().find(|folder| tools.contains_key(folder));
        packages.entry(home.unwrap_or("")).or_default().push(at);
    }
    let module = |(folder, members): (&str, Vec<u32>)| {
        let tool = tools.get(folder).copied();
        // What no manifest is above lies in the root only if some of it does.
        let folder = match (folder, tool) {
            ("", None) => common_folder(files, &members),
            _ => folder,
        };
        Module::new(files, folder, tool, members)
    };
    packages.into_iter().map(module).collect()
}

/// Copies of other people's packages and packages that tests feed on are no modules.
fn is_aside(kind: FileKind) -> bool {
    matches!(kind, FileKind::Vendored | FileKind::Test)
}

/// A module by its folders: those below the folder in which all of it lies. None where that would
/// not divide it.
fn divide(files: &[SurveyedFile], module: &Module) -> Vec<Module> {
    if module.files.len() < FEWEST_FILES {
        return Vec::new();
    }
    let mut root = module.folder.as_str();
    loop {
        let mut parts: BTreeMap<&str, Vec<u32>> = BTreeMap::new();
        for &at in &module.files {
            let path = &files[at as usize].path;
            parts.entry(folder_below(path, root)).or_default().push(at);
        }
        match parts.len() {
            // One folder with everything in it: go down.
            1 => match parts.keys().next() {
                Some(&only) if only != root => root = only,
                _ => return Vec::new(),
            },
            _ => {
                let part = |(folder, members): (&str, Vec<u32>)| {
                    let tool = module.tool.filter(|_| folder == module.folder);
                    Module::new(files, folder, tool, members)
                };
                return parts.into_iter().map(part).collect();
            }
        }
    }
}

impl Module {
    fn new(
        files: &[SurveyedFile],
        folder: &str,
        tool: Option<&'static str>,
        members: Vec<u32>,
    ) -> Self {
        Self {
            folder: folder.to_owned(),
            tool,
            lines: members.iter().map(|&at| files[at as usize].weight()).sum(),
            files: members,
        }
    }
}

/// The deepest folder in which all of these lie.
fn common_folder<'a>(files: &'a [SurveyedFile], members: &[u32]) -> &'a str {
    let mut paths = members.iter().map(|&at| files[at as usize].path.as_str());
    let mut common = paths.next().map_or("", |path| split(path).0);
    for path in paths {
        while !common.is_empty() && !is_in(common, path) {
            common = split(common).0;
        }
    }
    common
}

fn is_in(folder: &str, path: &str) -> bool {
    let below = path.strip_prefix(folder);
    below.is_some_and(|below| below.starts_with('/'))
}

/// The folder of a path and its last part.
fn split(path: &str) -> (&str, &str) {
    path.rsplit_once('/').unwrap_or(("", path))
}

/// The folder right below `root` that a path lies in; `root` itself for a file right in it.
fn folder_below<'a>(path: &'a str, root: &'a str) -> &'a str {
    let inside = if root.is_empty() { 0 } else { root.len() + 1 };
    match path.get(inside..).and_then(|rest| rest.find('/')) {
        Some(end) => &path[..inside + end],
        None => root,
    }
}
