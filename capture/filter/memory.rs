//! How much of bodies all requests under way keep together. Clients that send slowly could else make Envoy hold a
//! body for each of its connections.

use std::sync::atomic::{AtomicUsize, Ordering};

static TOTAL: AtomicUsize = AtomicUsize::new(0);

/// What one body has of the total; given back when it is dropped.
#[derive(Default)]
pub struct Held(usize);

impl Held {
    /// Take more of the total, unless that would exceed a limit.
    pub fn grow(&mut self, size: usize, limit: usize) -> bool {
        let before = TOTAL.fetch_add(size, Ordering::Relaxed);
        self.0 += size;
        if before + size <= limit {
            return true;
        }
        self.0 -= size;
        TOTAL.fetch_sub(size, Ordering::Relaxed);
        false
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        TOTAL.fetch_sub(self.0, Ordering::Relaxed);
    }
}
