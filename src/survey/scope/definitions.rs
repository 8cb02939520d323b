//! The names that a source file defines, as far as its lines tell without a parser.

use super::tokens::{Word, words};

/// Whether a word stands before the name of what it defines, in the languages at hand.
fn is_keyword(word: &str) -> bool {
    matches!(
        word,
        "class"
            | "const"
            | "contract"
            | "data"
            | "def"
            | "defn"
            | "defmodule"
            | "enum"
            | "extension"
            | "fn"
            | "fun"
            | "func"
            | "function"
            | "impl"
            | "interface"
            | "macro"
            | "macro_rules"
            | "mod"
            | "module"
            | "namespace"
            | "newtype"
            | "object"
            | "package"
            | "proc"
            | "protocol"
            | "record"
            | "static"
            | "struct"
            | "sub"
            | "template"
            | "trait"
            | "type"
            | "typedef"
            | "union"
            | "val"
            | "var"
    )
}

/// A word after so many others in its line is no definition.
const BEGINNING: usize = 8;

/// What a text does with a word.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Use {
    Says,
    /// Besides saying it.
    Defines,
}

/// Every word of a text, and which of them its lines define.
pub fn uses<'a>(content: &'a str, mut take: impl FnMut(Word<'a>, Use)) {
    for line in content.lines() {
        let mut before_keyword = false;
        for (place, word) in words(line).enumerate() {
            take(word, Use::Says);
            if place < BEGINNING {
                if before_keyword {
                    take(word, Use::Defines);
                }
                before_keyword = is_keyword(word.text);
            }
        }
        if let Some(name) = function_of_c(line) {
            take(name, Use::Defines);
        }
    }
}

/// `static int merge_base(struct commit *one,` defines `merge_base`: a line that begins at the
/// margin, in C and its like.
fn function_of_c(line: &str) -> Option<Word<'_>> {
    let begins = line.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_');
    let (head, rest) = begins.then(|| line.split_once('('))??;
    let typed = head.trim_end().contains(' ') && !rest.trim_end().ends_with(';');
    words(head).last().filter(|_| typed && !head.contains('='))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn definitions_of_many_languages_are_seen() {
        let source = "pub async fn merge_base(a: Oid) {\n    call(me);\nclass Parser(Base):\n\
                      static int add_entry(struct index *i,\nexport const limit = 3;\n\
                      func (s *Store) Open() error {\nreturn other(1);\nint declared(void);\n";
        let mut found = Vec::new();
        let mut said = 0;
        uses(source, |word, made| match made {
            Use::Defines => found.push(word.text),
            Use::Says => said += 1,
        });
        assert_eq!(said, words(source).count());
        for name in ["merge_base", "Parser", "add_entry", "limit"] {
            assert!(found.contains(&name), "{name} not in {found:?}");
        }
        for name in ["call", "other", "declared"] {
            assert!(!found.contains(&name), "{name} in {found:?}");
        }
    }
}
