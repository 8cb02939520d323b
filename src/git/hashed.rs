//! Maps and sets by a quick hash, for keys that nobody chooses to slow us down: object ids, which are
//! hashes themselves, and the paths of a comparison that is over in a moment.

use foldhash::fast::RandomState;

pub(super) type HashMap<K, V> = std::collections::HashMap<K, V, RandomState>;
pub(super) type HashSet<T> = std::collections::HashSet<T, RandomState>;
