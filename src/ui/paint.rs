//! Colours, or none: one switch per stream, decided once.

use owo_colors::OwoColorize;

/// Paints text when the stream wants colours, and hands it back as it is when not. The text must
/// be clean already (`text::clean`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Paint {
    on: bool,
}

impl Paint {
    /// Colours `on` or off.
    pub fn new(on: bool) -> Self {
        Self { on }
    }

    /// Whether text is painted at all.
    pub fn is_on(self) -> bool {
        self.on
    }

    fn with(self, text: &str, painted: impl FnOnce(&str) -> String) -> String {
        if self.on {
            painted(text)
        } else {
            text.to_owned()
        }
    }

    pub fn bold(self, text: &str) -> String {
        self.with(text, |t| t.bold().to_string())
    }

    pub fn dim(self, text: &str) -> String {
        self.with(text, |t| t.dimmed().to_string())
    }

    /// Good news.
    pub fn green(self, text: &str) -> String {
        self.with(text, |t| t.green().to_string())
    }

    /// Bad news.
    pub fn red(self, text: &str) -> String {
        self.with(text, |t| t.red().to_string())
    }

    /// Something to look at.
    pub fn yellow(self, text: &str) -> String {
        self.with(text, |t| t.yellow().to_string())
    }

    /// Something to type or follow.
    pub fn cyan(self, text: &str) -> String {
        self.with(text, |t| t.cyan().to_string())
    }
}
