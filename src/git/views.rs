//! gix's views of a repository: one for each thread that reads at the moment, kept when it is done
//! for whoever reads next, with the objects that were read last.

use std::ops::{Deref, DerefMut};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// So much of the commits and trees that were read stays at hand in each view.
const OBJECTS_AT_HAND: usize = 16 << 20;

/// The views of one repository.
#[derive(Debug)]
pub(super) struct Views {
    shared: gix::ThreadSafeRepository,
    idle: Mutex<Vec<gix::Repository>>,
}

impl Views {
    pub fn new(mut shared: gix::ThreadSafeRepository) -> Self {
        // `GIT_NAMESPACE` is for those who push and fetch: git looks names up without it.
        shared.refs.namespace = None;
        Self {
            shared,
            idle: Mutex::default(),
        }
    }

    /// What all views have in common.
    pub fn shared(&self) -> &gix::ThreadSafeRepository {
        &self.shared
    }

    /// A view for the time being.
    pub fn take(&self) -> View<'_> {
        let view = self.idle().pop().unwrap_or_else(|| {
            let mut view = self.shared.to_thread_local();
            view.object_cache_size_if_unset(OBJECTS_AT_HAND);
            view
        });
        View {
            views: self,
            view: Some(view),
        }
    }

    fn idle(&self) -> MutexGuard<'_, Vec<gix::Repository>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A view that is in use.
#[derive(Debug)]
pub(super) struct View<'a> {
    views: &'a Views,
    /// There until it is given back.
    view: Option<gix::Repository>,
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

impl Drop for View<'_> {
    fn drop(&mut self) {
        self.views.idle().extend(self.view.take());
    }
}
