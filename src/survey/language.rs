//! What a file is written in, by its name.

/// Languages of data and prose: nobody splits a program by them.
const NO_CODE: &[&str] = &[
    "AsciiDoc",
    "CSV",
    "Gettext",
    "INI",
    "JSON",
    "Jupyter",
    "Markdown",
    "reStructuredText",
    "SVG",
    "TeX",
    "Text",
    "TOML",
    "XML",
    "YAML",
];

/// Whether programs are written in this language.
pub fn is_code(language: &str) -> bool {
    !NO_CODE.contains(&language)
}

/// The name of the language; `None` for what is no known text.
pub fn language_of(path: &str) -> Option<&'static str> {
    let name = path.rsplit('/').next().unwrap_or(path).to_lowercase();
    if let Some((_, language)) = BY_NAME.iter().find(|(known, _)| *known == name) {
        return Some(language);
    }
    let (_, extension) = name.rsplit_once('.')?;
    let known = BY_EXTENSION
        .iter()
        .find(|(extensions, _)| extensions.contains(&extension));
    known.map(|(_, language)| *language)
}

const BY_NAME: &[(&str, &str)] = &[
    ("makefile", "Make"),
    ("gnumakefile", "Make"),
    ("justfile", "Just"),
    ("dockerfile", "Dockerfile"),
    ("containerfile", "Dockerfile"),
    ("cmakelists.txt", "CMake"),
    ("rakefile", "Ruby"),
    ("gemfile", "Ruby"),
    ("jenkinsfile", "Groovy"),
    ("meson.build", "Meson"),
    ("build", "Starlark"),
    ("build.bazel", "Starlark"),
    ("workspace", "Starlark"),
];

const BY_EXTENSION: &[(&[&str], &str)] = &[
    (&["rs"], "Rust"),
    (&["go"], "Go"),
    (&["py", "pyi", "pyx"], "Python"),
    (&["js", "mjs", "cjs", "jsx"], "JavaScript"),
    (&["ts", "tsx", "mts", "cts"], "TypeScript"),
    (&["java"], "Java"),
    (&["kt", "kts"], "Kotlin"),
    (&["scala", "sc"], "Scala"),
    (&["groovy", "gradle"], "Groovy"),
    (&["clj", "cljs", "cljc", "edn"], "Clojure"),
    (&["c", "h"], "C"),
    (&["cc", "cpp", "cxx", "hh", "hpp", "hxx", "ipp"], "C++"),
    (&["cs"], "C#"),
    (&["fs", "fsi", "fsx"], "F#"),
    (&["vb"], "Visual Basic"),
    (&["m", "mm"], "Objective-C"),
    (&["swift"], "Swift"),
    (&["zig"], "Zig"),
    (&["d"], "D"),
    (&["nim"], "Nim"),
    (&["rb", "rake", "gemspec"], "Ruby"),
    (&["php", "phtml"], "PHP"),
    (&["pl", "pm", "t"], "Perl"),
    (&["lua"], "Lua"),
    (&["r", "rmd"], "R"),
    (&["jl"], "Julia"),
    (&["dart"], "Dart"),
    (&["ex", "exs"], "Elixir"),
    (&["erl", "hrl"], "Erlang"),
    (&["hs", "lhs"], "Haskell"),
    (&["ml", "mli"], "OCaml"),
    (&["elm"], "Elm"),
    (&["vue"], "Vue"),
    (&["svelte"], "Svelte"),
    (&["html", "htm", "xhtml"], "HTML"),
    (&["twig", "jinja", "j2", "erb", "hbs", "ejs"], "Template"),
    (&["css", "scss", "sass", "less"], "CSS"),
    (&["sql"], "SQL"),
    (&["sh", "bash", "zsh", "fish", "ksh"], "Shell"),
    (&["ps1", "psm1"], "PowerShell"),
    (&["bat", "cmd"], "Batch"),
    (&["vim"], "Vim script"),
    (&["el", "lisp", "lsp", "scm", "rkt"], "Lisp"),
    (&["tf", "hcl"], "HCL"),
    (&["nix"], "Nix"),
    (&["proto"], "Protocol Buffers"),
    (&["graphql", "gql"], "GraphQL"),
    (&["thrift"], "Thrift"),
    (&["asm", "s"], "Assembly"),
    (&["cu", "cuh"], "CUDA"),
    (&["glsl", "vert", "frag", "hlsl", "wgsl", "metal"], "Shader"),
    (&["v", "sv", "vhd", "vhdl"], "Hardware description"),
    (&["f", "f77", "f90", "f95", "for"], "Fortran"),
    (&["pas", "pp"], "Pascal"),
    (&["ada", "adb", "ads"], "Ada"),
    (&["cob", "cbl"], "COBOL"),
    (&["sol"], "Solidity"),
    (&["tcl"], "Tcl"),
    (&["awk"], "Awk"),
    (&["cmake"], "CMake"),
    (&["mk", "mak"], "Make"),
    (&["bzl", "star"], "Starlark"),
    (&["md", "markdown", "mdx"], "Markdown"),
    (&["rst"], "reStructuredText"),
    (&["adoc", "asciidoc"], "AsciiDoc"),
    (&["tex", "bib"], "TeX"),
    (&["po", "pot"], "Gettext"),
    (&["json", "json5", "jsonc"], "JSON"),
    (&["yaml", "yml"], "YAML"),
    (&["toml"], "TOML"),
    (&["xml", "xsd", "xsl", "xslt"], "XML"),
    (&["ini", "cfg", "conf", "properties"], "INI"),
    (&["csv", "tsv"], "CSV"),
    (&["svg"], "SVG"),
    (&["ipynb"], "Jupyter"),
    (&["txt"], "Text"),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_extensions_in_any_case_tell_the_language() {
        assert_eq!(language_of("src/main.RS"), Some("Rust"));
        assert_eq!(language_of("sub/Makefile"), Some("Make"));
        assert_eq!(language_of("CMakeLists.txt"), Some("CMake"));
        assert_eq!(language_of("a.b/photo.png"), None);
        assert_eq!(language_of("LICENSE"), None);
    }

    #[test]
    fn no_extension_is_claimed_twice() {
        let mut all: Vec<&str> = BY_EXTENSION.iter().flat_map(|(e, _)| *e).copied().collect();
        let before = all.len();
        all.sort_unstable();
        all.dedup();
        assert_eq!(all.len(), before);
    }
}
