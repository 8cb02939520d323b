//! A configured command line as words: quotes and backslashes as in a shell, and nothing else of
//! one. No variable, no pattern, no second command: the words are handed on as they are.

/// Splits a line into words; the error says what is wrong with it.
pub fn split(line: &str) -> Result<Vec<String>, &'static str> {
    let mut words = Vec::new();
    let mut word: Option<String> = None;
    let mut quote: Option<char> = None;
    let mut letters = line.chars();
    while let Some(letter) = letters.next() {
        match (quote, letter) {
            (Some(open), _) if letter == open => quote = None,
            (None, '\'' | '"') => {
                quote = Some(letter);
                word.get_or_insert_default();
            }
            (None | Some('"'), '\\') => {
                let next = letters.next().ok_or("ends in a backslash")?;
                word.get_or_insert_default().push(next);
            }
            (None, _) if letter.is_whitespace() => words.extend(word.take()),
            _ => word.get_or_insert_default().push(letter),
        }
    }
    if quote.is_some() {
        return Err("has a quote that is not closed");
    }
    words.extend(word);
    Ok(words)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quotes_hold_a_word_together_and_nothing_is_run_or_expanded() {
        let cases: [(&str, &[&str]); 6] = [
            ("", &[]),
            ("  a  b ", &["a", "b"]),
            ("-c 'a b' \"c 'd'\"", &["-c", "a b", "c 'd'"]),
            ("a'b c'd ''", &["ab cd", ""]),
            (r#"a\ b "\"" '\'"#, &["a b", "\"", "\\"]),
            ("$HOME *; `x`", &["$HOME", "*;", "`x`"]),
        ];
        for (line, expected) in cases {
            assert_eq!(split(line).unwrap(), expected, "{line}");
        }
        for wrong in ["'a", "a\\", "\"a'"] {
            assert!(split(wrong).is_err(), "{wrong}");
        }
    }
}
