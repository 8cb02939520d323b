//! File names for what has no name that a file could have.

use sha2::{Digest, Sha256};

/// Thirty-two hexadecimal digits that stand for these parts, in this order.
pub fn digest(parts: &[&[u8]]) -> String {
    let mut hash = Sha256::new();
    for part in parts {
        // Or what ends one part could as well begin the next.
        hash.update((part.len() as u64).to_be_bytes());
        hash.update(part);
    }
    let whole = hash.finalize();
    whole[..16]
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_bytes_cut_elsewhere_have_another_digest() {
        assert_eq!(digest(&[b"a", b"b"]), digest(&[b"a", b"b"]));
        assert_ne!(digest(&[b"a", b"b"]), digest(&[b"ab"]));
        assert_ne!(digest(&[b"a", b"b"]), digest(&[b"a", b"b", b""]));
        assert_eq!(digest(&[]).len(), 32);
    }
}
