//! Conflict markers that somebody left in a file. Pure.

/// git's, unless the attribute `conflict-marker-size` says otherwise.
pub const MARKER_SIZE: usize = 7;

/// A line that git wrote to show a conflict.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Marker {
    /// From 1.
    pub line: usize,
    pub text: String,
}

/// The first marker in `content` that is not part of the text: one that neither side has. `sides`
/// are the two versions that were merged, as far as there are two.
pub fn leftover(content: &[u8], sides: &[Vec<u8>], size: usize) -> Option<Marker> {
    let marks: Vec<(usize, &[u8])> = marks(content, size).collect();
    let own: Vec<&[u8]> = sides.iter().flat_map(|side| marks_of(side, size)).collect();
    let count = |lines: &[&[u8]], line: &[u8]| lines.iter().filter(|l| **l == line).count();
    let found: Vec<&[u8]> = marks.iter().map(|(_, line)| *line).collect();
    // Both sides may have brought a heading underlined by seven signs of equality.
    let left = marks
        .iter()
        .find(|(_, line)| count(&found, line) > count(&own, line))?;
    Some(Marker {
        line: left.0,
        text: String::from_utf8_lossy(left.1).into_owned(),
    })
}

fn marks_of(text: &[u8], size: usize) -> impl Iterator<Item = &[u8]> {
    marks(text, size).map(|(_, line)| line)
}

fn marks(text: &[u8], size: usize) -> impl Iterator<Item = (usize, &[u8])> {
    text.split(|byte| *byte == b'\n')
        .enumerate()
        .map(|(at, line)| (at + 1, line.strip_suffix(b"\r").unwrap_or(line)))
        .filter(move |(_, line)| is_marker(line, size))
}

/// As git writes them: the sign so many times, then nothing or a blank and a name; a line of `=`
/// has nothing behind it.
fn is_marker(line: &[u8], size: usize) -> bool {
    let Some(&sign) = line.first() else {
        return false;
    };
    let run = line.iter().take_while(|byte| **byte == sign).count();
    let rest = &line[run..];
    run == size
        && match sign {
            b'<' | b'>' | b'|' => rest.is_empty() || rest[0] == b' ',
            b'=' => rest.is_empty(),
            _ => false,
        }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(content: &str, sides: &[&str]) -> Option<usize> {
        let sides: Vec<Vec<u8>> = sides.iter().map(|s| s.as_bytes().to_vec()).collect();
        leftover(content.as_bytes(), &sides, MARKER_SIZE).map(|marker| marker.line)
    }

    #[test]
    fn every_kind_of_marker_is_found_and_nothing_like_it() {
        for marker in [
            "<<<<<<< HEAD",
            "||||||| abc",
            "=======",
            ">>>>>>> x",
            "=======\r",
        ] {
            assert_eq!(line(&format!("a\n{marker}\nb\n"), &[]), Some(2), "{marker}");
        }
        for text in [
            "<<<<<<<<",
            "======= x",
            "====",
            " <<<<<<< x",
            ">>>>>>>x",
            "",
        ] {
            assert_eq!(line(text, &[]), None, "{text}");
        }
    }

    #[test]
    fn what_a_side_has_is_text() {
        let heading = "Title A\n=======\n";
        assert_eq!(line(heading, &[heading, ""]), None);
        let both = "Title A\n=======\nTitle B\n=======\n";
        assert_eq!(line(both, &[heading, heading]), None);
        assert_eq!(line(both, &[heading, ""]), Some(2));
        let example = "<<<<<<< HEAD\n";
        assert_eq!(
            line("<<<<<<< HEAD\n<<<<<<< HEAD\n", &[example, ""]),
            Some(1)
        );
    }

    #[test]
    fn the_size_of_markers_is_respected() {
        assert_eq!(leftover(b"<<<<<<< a\n", &[], 9), None);
        assert!(leftover(b"<<<<<<<<< a\n", &[], 9).is_some());
    }
}
