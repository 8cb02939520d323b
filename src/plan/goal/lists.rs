//! Lists in a goal: a line an item, or numbers within a line.

/// An item as written.
#[derive(Debug)]
pub struct Item {
    pub text: String,
    /// The lines below it that are indented deeper.
    pub below: String,
}

impl Item {
    pub fn plain(text: &str) -> Self {
        Self {
            text: text.to_owned(),
            below: String::new(),
        }
    }
}

/// The text around a list of two items or more, and its items. What is indented deeper than the
/// first item belongs to the item above it.
pub fn listed(text: &str) -> Option<(String, Vec<Item>)> {
    let depth = text
        .lines()
        .find(|line| marked(line).is_some())
        .map(indent)?;
    let mut around: Vec<&str> = Vec::new();
    let mut items: Vec<Item> = Vec::new();
    let mut inside = false;
    for line in text.lines() {
        match marked(line) {
            Some(item) if indent(line) <= depth => {
                items.push(Item::plain(item));
                inside = true;
            }
            _ if line.trim().is_empty() => around.push(""),
            _ if inside && indent(line) > depth => {
                if let Some(item) = items.last_mut() {
                    item.below = format!("{}\n{}", item.below, line.trim()).trim().to_owned();
                }
            }
            _ => {
                inside = false;
                around.push(line.trim_end());
            }
        }
    }
    around.dedup();
    (items.len() > 1).then(|| (around.join("\n").trim().to_owned(), items))
}

fn indent(line: &str) -> usize {
    line.len() - line.trim_start().len()
}

/// The text of an item: `- x`, `* x`, `• x`, `1. x`, `2) x`, `(3) x`, `- [ ] x`, `１．x`.
pub fn marked(line: &str) -> Option<&str> {
    let line = line.trim();
    for bullet in ["- ", "* ", "+ ", "• ", "– ", "・"] {
        if let Some(item) = line.strip_prefix(bullet) {
            let item = item.trim_start();
            let open = ["[ ] ", "[x] ", "[X] "].iter();
            let item = open
                .filter_map(|b| item.strip_prefix(b))
                .next()
                .unwrap_or(item);
            return Some(item.trim());
        }
    }
    let (number, rest) = numbered(line)?;
    (number > 0).then_some(rest)
}

/// The number in front of an item and the item.
fn numbered(text: &str) -> Option<(u32, &str)> {
    let open = text.strip_prefix('(');
    let digits = open.unwrap_or(text);
    let end = digits.find(|c: char| digit(c).is_none())?;
    let number = digits[..end]
        .chars()
        .take(4)
        .filter_map(digit)
        .fold(0, |number, digit| number * 10 + digit);
    let rest = &digits[end..];
    let (mark, after) = rest.split_at(rest.chars().next()?.len_utf8());
    let closes = match open {
        Some(_) => mark == ")",
        None => [".", ")", "．", "、", "）"].contains(&mark),
    };
    let apart = after.starts_with(char::is_whitespace) || !mark.is_ascii();
    (end > 0 && closes && apart).then(|| (number, after.trim()))
}

/// An ordinary or a full-width digit.
fn digit(c: char) -> Option<u32> {
    let wide = |c: char| (c as u32).checked_sub('０' as u32).filter(|d| *d < 10);
    c.to_digit(10).or_else(|| wide(c))
}

/// Items that are numbered from 1 within a line: `(1) a (2) b`, `1. a, 2. b`.
pub fn inline_numbers(line: &str) -> Option<(String, Vec<Item>)> {
    let mut starts: Vec<(usize, &str)> = Vec::new();
    for (at, _) in line.char_indices() {
        let front = at == 0 || line[..at].ends_with(char::is_whitespace);
        if let Some((number, rest)) = numbered(&line[at..]).filter(|_| front)
            && number as usize == starts.len() + 1
        {
            starts.push((at, rest));
        }
    }
    let ends = starts.iter().skip(1).map(|(at, _)| *at).chain([line.len()]);
    let items: Vec<Item> = starts
        .iter()
        .zip(ends)
        .map(|((_, rest), end)| {
            let from = line.len() - rest.len();
            let text = line[from..end].trim().trim_end_matches([',', ';']);
            Item::plain(
                text.strip_suffix(" and")
                    .unwrap_or(text)
                    .trim_end_matches(','),
            )
        })
        .collect();
    let (first, _) = starts.first()?;
    (items.len() > 1).then(|| (line[..*first].trim().to_owned(), items))
}
