//! Maps and sets by a quick hash, for keys that nobody chooses to slow us down: object ids, which are
//! hashes themselves, and the paths and words of a comparison that is over in a moment. The hash is
//! another one each time.

use foldhash::fast::RandomState;

pub type HashMap<K, V> = std::collections::HashMap<K, V, RandomState>;
pub type HashSet<T> = std::collections::HashSet<T, RandomState>;
