//! Objects that were made in this process and are nowhere else yet: most questions are answered
//! before anybody but us has to see them, and a file for each would cost more than making it.

use std::collections::HashSet;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use gix::ObjectId;
use gix::objs::Kind;

/// An object, as it is hashed.
#[derive(Debug)]
pub(super) struct NewObject {
    pub id: ObjectId,
    pub kind: Kind,
    pub data: Vec<u8>,
}

/// Objects in the order in which they came.
#[derive(Debug, Default)]
pub(super) struct NewObjects {
    list: Mutex<List>,
}

#[derive(Debug, Default)]
struct List {
    ids: HashSet<ObjectId>,
    objects: Vec<Arc<NewObject>>,
}

impl NewObjects {
    /// Takes some in, each once.
    pub fn add(&self, objects: impl IntoIterator<Item = NewObject>) {
        let mut list = self.list();
        for object in objects {
            if list.ids.insert(object.id) {
                list.objects.push(Arc::new(object));
            }
        }
    }

    /// Those that came after the first `known`.
    pub fn since(&self, known: usize) -> Vec<Arc<NewObject>> {
        self.list().objects[known..].to_vec()
    }

    pub fn is_empty(&self) -> bool {
        self.list().objects.is_empty()
    }

    fn list(&self) -> MutexGuard<'_, List> {
        self.list.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
