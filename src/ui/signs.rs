//! The few signs that stand in front of a line, in Unicode or in ASCII.

/// The signs for a terminal or file that takes Unicode, or for one that does not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Signs {
    pub started: &'static str,
    pub done: &'static str,
    pub failed: &'static str,
    pub waiting: &'static str,
    pub warning: &'static str,
    /// One column wide, unlike the warning sign.
    pub attention: &'static str,
    /// Between facts on one line.
    pub dot: &'static str,
    /// Nothing to see between two branches.
    pub clean: &'static str,
    /// Where text was cut.
    pub ellipsis: &'static str,
    /// Beside quoted lines.
    pub margin: &'static str,
    /// What rules are drawn of.
    pub rule: &'static str,
    /// What bars are drawn of.
    pub bar: &'static str,
    /// The bar of what went wrong.
    pub faint_bar: &'static str,
}

const UNICODE: Signs = Signs {
    started: "⚡",
    done: "✓",
    failed: "✗",
    waiting: "⏳",
    warning: "⚠️",
    attention: "!",
    dot: "·",
    clean: "·",
    ellipsis: "…",
    margin: "│",
    rule: "═",
    bar: "█",
    faint_bar: "░",
};

const ASCII: Signs = Signs {
    started: ">",
    done: "+",
    failed: "x",
    waiting: ".",
    warning: "!",
    attention: "!",
    dot: "-",
    clean: ".",
    ellipsis: "~",
    margin: "|",
    rule: "=",
    bar: "#",
    faint_bar: "-",
};

impl Signs {
    /// Those that the reader's character set has.
    pub fn new(unicode: bool) -> Self {
        if unicode { UNICODE } else { ASCII }
    }

    /// A rule of this many columns.
    pub fn rule(self, columns: usize) -> String {
        self.rule.repeat(columns)
    }
}
