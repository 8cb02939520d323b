//! How an answer may look: colours, signs, columns.

use super::paint::Paint;
use super::signs::Signs;
use super::text;

/// What the reader of an answer can see.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Look {
    pub paint: Paint,
    pub signs: Signs,
    pub columns: usize,
}

impl Look {
    /// `text` cut to so many columns.
    pub fn fit(self, text: &str, columns: usize) -> String {
        text::fit(text, columns).replace('…', self.signs.ellipsis)
    }

    /// A path cut to so many columns in front, since its end says most.
    pub fn fit_path(self, path: &str, columns: usize) -> String {
        text::fit_path(path, columns).replace('…', self.signs.ellipsis)
    }
}
