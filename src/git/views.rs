//! gix's views of a repository: one for each thread that reads at the moment, kept when it is done
//! for whoever reads next, with the objects that were read last.

use std::ops::{Deref, DerefMut};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::new_objects::{NewObject, NewObjects};

/// So much of the commits and trees that were read stays at hand in each view.
const OBJECTS_AT_HAND: usize = 16 << 20;

/// The views of one repository.
#[derive(Debug)]
pub(super) struct Views {
    shared: gix::ThreadSafeRepository,
    /// What is seen beside the repository's own objects, and where writing leads; `None` for the
    /// repository itself.
    new: Option<Arc<NewObjects>>,
    idle: Mutex<Vec<Eye>>,
}

/// A view by itself.
#[derive(Debug)]
struct Eye {
    view: gix::Repository,
    /// How many of the new objects it has in memory.
    seen: usize,
}

impl Views {
    pub fn new(shared: gix::ThreadSafeRepository) -> Self {
        Self::of(shared, None)
    }

    /// Views that see these objects, too; what is written through one, the others see once it is
    /// given back.
    pub fn beside(shared: gix::ThreadSafeRepository, new: Arc<NewObjects>) -> Self {
        Self::of(shared, Some(new))
    }

    fn of(mut shared: gix::ThreadSafeRepository, new: Option<Arc<NewObjects>>) -> Self {
        // `GIT_NAMESPACE` is for those who push and fetch: git looks names up without it.
        shared.refs.namespace = None;
        Self {
            shared,
            new,
            idle: Mutex::default(),
        }
    }

    /// What all views have in common.
    pub fn shared(&self) -> &gix::ThreadSafeRepository {
        &self.shared
    }

    /// A view for the time being.
    pub fn take(&self) -> View<'_> {
        let mut eye = self.idle().pop().unwrap_or_else(|| Eye {
            view: self.shared.to_thread_local(),
            seen: 0,
        });
        eye.view.object_cache_size_if_unset(OBJECTS_AT_HAND);
        if let Some(new) = &self.new {
            eye.look_at(new);
        }
        View {
            views: self,
            seen: eye.seen,
            in_memory: eye.view.objects.num_objects_in_memory(),
            view: Some(eye.view),
        }
    }

    fn idle(&self) -> MutexGuard<'_, Vec<Eye>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Eye {
    fn look_at(&mut self, new: &NewObjects) {
        let unseen = new.since(self.seen);
        let mut memory = self.view.objects.take_object_memory().unwrap_or_default();
        self.seen += unseen.len();
        for object in unseen {
            memory.insert(object.id, (object.kind, object.data.clone()));
        }
        self.view.objects.set_object_memory(memory);
    }
}

/// A view that is in use.
#[derive(Debug)]
pub(super) struct View<'a> {
    views: &'a Views,
    /// There until it is given back.
    view: Option<gix::Repository>,
    seen: usize,
    /// Objects that it had in memory when it was taken.
    in_memory: usize,
}

impl Deref for View<'_> {
    type Target = gix::Repository;

    fn deref(&self) -> &gix::Repository {
        self.view.as_ref().expect("a view that is in use")
    }
}

impl DerefMut for View<'_> {
    fn deref_mut(&mut self) -> &mut gix::Repository {
        self.view.as_mut().expect("a view that is in use")
    }
}

impl View<'_> {
    /// Lets the others know what was written.
    fn tell(&self, view: &mut gix::Repository) {
        let written = view.objects.num_objects_in_memory() > self.in_memory;
        let (true, Some(new)) = (written, &self.views.new) else {
            return;
        };
        let memory = view.objects.take_object_memory().unwrap_or_default();
        let objects = memory.iter().map(|(id, (kind, data))| NewObject {
            id: *id,
            kind: *kind,
            data: data.clone(),
        });
        new.add(objects);
        view.objects.set_object_memory(memory);
    }
}

impl Drop for View<'_> {
    fn drop(&mut self) {
        if let Some(mut view) = self.view.take() {
            self.tell(&mut view);
            let seen = self.seen;
            self.views.idle().push(Eye { view, seen });
        }
    }
}
