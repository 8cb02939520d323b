//! GitLab, through the options of a push: it opens a merge request for a branch that comes in and
//! prints its address. What is not pushed cannot be asked about.

use super::plan::Step;

/// What GitLab answered to a push.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Heard {
    /// The merge request, where there is one.
    pub number: Option<u64>,
    /// Its page, or the one on which to open it.
    pub url: Option<String>,
    /// What it complains about.
    pub complaint: Option<String>,
}

/// GitLab refuses longer values.
const LONGEST: usize = 15_000;

/// The options for a branch that is pushed. Title, description and draft are given only with a
/// branch that is new there: after that they belong to people.
pub fn options(step: &Step, title: &str, body: &str, draft: bool, new: bool) -> Vec<String> {
    let mut options = vec![
        "merge_request.create".to_owned(),
        format!("merge_request.target={}", step.base),
    ];
    if new {
        options.push(format!("merge_request.title={title}"));
        options.push(format!("merge_request.description={}", one_line(body)));
        if draft {
            options.push("merge_request.draft".to_owned());
        }
    }
    options
}

/// A push option has no newlines; GitLab (15.0 and newer) reads `\n` as one.
fn one_line(body: &str) -> String {
    let mut line = body.replace('\n', "\\n");
    if let Some((at, _)) = line.char_indices().nth(LONGEST) {
        line.truncate(at);
    }
    line
}

/// Reads what the remote printed.
pub fn heard(lines: &[String]) -> Heard {
    let url = address(lines, |url| url.contains("/merge_requests/"));
    let number = url.as_ref().and_then(|url| {
        let (_, number) = url.rsplit_once("/merge_requests/")?;
        number.parse().ok()
    });
    let warned = lines.iter().position(|line| line.starts_with("WARNING"));
    let complaint = warned.map(|at| {
        let words = lines[at..].iter().filter(|line| !line.is_empty());
        let words: Vec<&str> = words
            .map(String::as_str)
            .take_while(|line| !line.contains("://"))
            .collect();
        words.join(" ")
    });
    Heard {
        number,
        url,
        complaint,
    }
}

/// The last address in what a remote printed for which this holds.
pub fn address(lines: &[String], is_it: impl Fn(&str) -> bool) -> Option<String> {
    let words = lines.iter().flat_map(|line| line.split_whitespace());
    let mut addresses = words.filter(|word| {
        let web = word.starts_with("https://") || word.starts_with("http://");
        web && is_it(word)
    });
    addresses.next_back().map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(text: &str) -> Vec<String> {
        text.lines().map(|line| line.trim().to_owned()).collect()
    }

    #[test]
    fn the_merge_request_is_read_from_what_gitlab_prints() {
        let opened = "\nView merge request for a:\n  https://gl.dev/g/p/-/merge_requests/14\n";
        let found = heard(&lines(opened));
        assert_eq!(found.number, Some(14));
        assert_eq!(found.complaint, None);
        let not = "\nTo create a merge request for a, visit:\n\
                   https://gl.dev/g/p/-/merge_requests/new?merge_request%5Bsource_branch%5D=a\n";
        let found = heard(&lines(not));
        assert!(found.number.is_none() && found.url.is_some());
        assert_eq!(heard(&[]), Heard::default());
    }

    #[test]
    fn complaints_are_read_too() {
        let text = "\nWARNINGS:\nError encountered with push options 'merge_request.create':\n\
                    Branch x is the same\n\nTo create one visit:\nhttps://gl.dev/a/b";
        let found = heard(&lines(text)).complaint.unwrap();
        assert!(found.starts_with("WARNINGS: Error encountered"), "{found}");
        assert!(found.contains("Branch x is the same"), "{found}");
    }

    #[test]
    fn a_description_is_one_line() {
        assert_eq!(one_line("a\nb"), "a\\nb");
        assert_eq!(one_line(&"ü".repeat(LONGEST + 5)).chars().count(), LONGEST);
    }
}
