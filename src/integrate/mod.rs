//! Branches → one history: matrix, risk, order, landing, verification, clean-up.
