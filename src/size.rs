//! How much there is of something, as people read it.

/// Bytes in the unit that suits them: `812 bytes`, `1.5 kB`, `3.4 MB`, `2.1 GB`.
pub fn spell(bytes: u64) -> String {
    match bytes {
        0..1000 => format!("{bytes} bytes"),
        1000..1_000_000 => format!("{:.1} kB", bytes as f64 / 1e3),
        1_000_000..1_000_000_000 => format!("{:.1} MB", bytes as f64 / 1e6),
        _ => format!("{:.1} GB", bytes as f64 / 1e9),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_told_as_people_read_them() {
        let cases = [(0, "0 bytes"), (1500, "1.5 kB"), (12_345_678, "12.3 MB")];
        for (bytes, told) in cases {
            assert_eq!(spell(bytes), told);
        }
    }
}
