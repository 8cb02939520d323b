//! The front matter of an agent's definition, read leniently: real descriptions hold colons,
//! quotes and blocks of examples that no YAML parser accepts.

/// Keys that end the value before them. Anything else that looks like a key belongs to a value.
const KEYS: &[&str] = &[
    "name",
    "description",
    "tools",
    "allowed-tools",
    "disallowedTools",
    "model",
    "color",
    "category",
    "argument-hint",
    "disable-model-invocation",
    "license",
    "metadata",
    "version",
    "permissionMode",
    "skills",
    "hooks",
    "mcpServers",
    "mcp-servers",
    "target",
    "tags",
    "handoffs",
    "user-invocable",
    "maxTurns",
    "memory",
    "background",
    "author",
    "priority",
];

/// Keys and raw values, and the text below.
#[derive(Debug)]
pub struct FrontMatter<'a> {
    values: Vec<(&'a str, Vec<&'a str>)>,
    body: &'a str,
    there: bool,
}

impl<'a> FrontMatter<'a> {
    /// What stands between two lines of `---` at the top, if they are there.
    pub fn of(text: &'a str) -> Self {
        let text = text.trim_start_matches('\u{feff}').trim_start();
        let mut found = Self {
            values: Vec::new(),
            body: text,
            there: false,
        };
        let Some(inside) = text
            .strip_prefix("---")
            .filter(|rest| rest.starts_with(['\n', '\r']))
        else {
            return found;
        };
        found.there = true;
        found.body = "";
        let mut at = 0;
        for line in inside.split_inclusive('\n') {
            at += line.len();
            let line = line.trim_end();
            if line == "---" {
                found.body = &inside[at..];
                break;
            }
            match key(line) {
                Some((key, value)) => found.values.push((key, vec![value])),
                None => {
                    if let Some((_, lines)) = found.values.last_mut() {
                        lines.push(line);
                    }
                }
            }
        }
        found
    }

    pub fn is_there(&self) -> bool {
        self.there
    }

    /// A value in one line, without quotes and block marks.
    pub fn get(&self, key: &str) -> Option<String> {
        let (_, lines) = self.values.iter().find(|(known, _)| *known == key)?;
        let words = lines.iter().flat_map(|line| line.split_whitespace());
        let text = words.collect::<Vec<_>>().join(" ");
        let text = text
            .trim_start_matches(['|', '>'])
            .trim_start_matches('-')
            .trim();
        let quoted = ['"', '\'']
            .into_iter()
            .find_map(|quote| text.strip_prefix(quote)?.strip_suffix(quote));
        let text = quoted
            .unwrap_or(text)
            .replace("\\n", " ")
            .replace("\\\"", "\"");
        Some(text).filter(|text| !text.is_empty())
    }

    /// A list: `a, b`, `["a", "b"]`, or a line an item.
    pub fn list(&self, key: &str) -> Option<Vec<String>> {
        let (_, lines) = self.values.iter().find(|(known, _)| *known == key)?;
        let text = lines.join(",");
        let items = text.split([',', '[', ']']).map(|item| {
            let item = item.trim().trim_start_matches("- ").trim();
            // `Bash(git:*)` is the tool Bash, narrowed.
            let item = item.split('(').next().unwrap_or(item);
            item.trim_matches(['"', '\'', ' ']).to_owned()
        });
        Some(items.filter(|item| !item.is_empty()).collect())
    }

    /// The first line of the text below, heading or not.
    pub fn first_line(&self) -> String {
        let mut lines = self
            .body
            .lines()
            .map(|line| line.trim_start_matches('#').trim());
        lines
            .find(|line| !line.is_empty())
            .unwrap_or_default()
            .to_owned()
    }
}

fn key(line: &str) -> Option<(&str, &str)> {
    let (key, value) = line.split_once(':')?;
    KEYS.contains(&key).then(|| (key, value.trim()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fuzz;

    #[test]
    fn descriptions_as_they_are_really_written_are_read_whole() {
        let text = "---\nname: orchestrator\ndescription: Use it: often. Examples:\n\n<example>\nContext: Many\nuser: \"Can: you?\"\n</example>\n\nmodel: inherit\ntools: [\"Read\", \"Bash(git:*)\"]\n---\n\n# Body\n";
        let front = FrontMatter::of(text);
        assert_eq!(front.get("name").as_deref(), Some("orchestrator"));
        let description = front.get("description").unwrap();
        assert!(
            description.starts_with("Use it: often. Examples: <example> Context: Many"),
            "{description}"
        );
        assert_eq!(front.list("tools").unwrap(), ["Read", "Bash"]);
        assert_eq!(front.get("model").as_deref(), Some("inherit"));
        assert_eq!(front.first_line(), "Body");
    }

    #[test]
    fn blocks_quotes_and_lists_are_understood_and_nothing_panics() {
        let front = FrontMatter::of(
            "---\ndescription: >-\n  Two\n  lines\ntools:\n  - Read\n  - Write\n---\n",
        );
        assert_eq!(front.get("description").as_deref(), Some("Two lines"));
        assert_eq!(front.list("tools").unwrap(), ["Read", "Write"]);
        assert_eq!(
            FrontMatter::of("---\nname: \"q\"\n---")
                .get("name")
                .as_deref(),
            Some("q")
        );
        for odd in [
            "",
            "---",
            "---\n",
            "--- x",
            "---\nname\n",
            "no front\nname: x",
        ] {
            assert_eq!(FrontMatter::of(odd).get("name"), None, "{odd}");
        }
    }

    #[test]
    fn whatever_a_role_says_it_is_read_without_a_panic() {
        let role =
            b"---\nname: a\ndescription: >\n  b: c\n  <example>\ntools: [Read, Edit]\n---\nbody\n";
        fuzz::each_text(&[role.to_vec()], |text| {
            let front = FrontMatter::of(text);
            front.get("description");
            front.list("tools");
            front.first_line();
        });
    }
}
