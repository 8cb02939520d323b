//! How long things take, as people type it: one spelling in flags, task files and configuration.

use std::time::Duration;

use jiff::SignedDuration;

/// Reads `90s`, `20m`, `1h 30m`, `1h30m`; zero and less are refused. The error says what was
/// expected.
pub fn parse(text: &str) -> Result<Duration, &'static str> {
    text.parse::<SignedDuration>()
        .ok()
        .and_then(|duration| Duration::try_from(duration).ok())
        .filter(|duration| !duration.is_zero())
        .ok_or("a duration such as 90s, 20m or 1h")
}

/// The inverse of [`parse`] for whole seconds: `1h 30m`, `90s` as `1m 30s`.
pub fn spell(duration: Duration) -> String {
    let seconds = duration.as_secs();
    let parts = [
        (seconds / 3600, 'h'),
        (seconds / 60 % 60, 'm'),
        (seconds % 60, 's'),
    ];
    let spelled: Vec<String> = parts
        .iter()
        .filter(|(number, _)| *number > 0)
        .map(|(number, unit)| format!("{number}{unit}"))
        .collect();
    spelled.join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fuzz;

    #[test]
    fn what_is_spelled_parses_to_the_same() {
        for seconds in [1, 59, 60, 90, 3600, 5400, 86_399, 100_000] {
            let duration = Duration::from_secs(seconds);
            assert_eq!(parse(&spell(duration)), Ok(duration), "{}", spell(duration));
        }
    }

    #[test]
    fn durations_are_spelled_as_people_do() {
        let cases = [("90s", 90), ("20m", 1200), ("1h", 3600), ("1h 30m", 5400)];
        for (text, seconds) in cases {
            assert_eq!(parse(text), Ok(Duration::from_secs(seconds)), "{text}");
        }
        for wrong in ["", "soon", "0s", "-5m", "5"] {
            assert!(parse(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn whatever_is_read_is_spelled_and_read_back_to_the_second() {
        let typed = ["90s", "20m", "1h 30m", "1h30m", "2h 10m 12s"];
        fuzz::each_text(&typed.map(|text| text.as_bytes().to_vec()), |text| {
            if let Ok(duration) = parse(text)
                && duration.as_secs() > 0
            {
                let seconds = Duration::from_secs(duration.as_secs());
                assert_eq!(parse(&spell(duration)), Ok(seconds), "{}", spell(duration));
            }
        });
    }
}
