//! How many event streams one person may hold open: each costs a connection, a subscription and a look at the store
//! every other second.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use axum::http::StatusCode;

use super::error::ApiError;
use crate::auth::Principal;
use crate::model::UserId;

/// The open streams of this process, by person. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Streams {
    most: usize,
    open: Arc<Mutex<HashMap<UserId, usize>>>,
}

/// One open stream; it is counted until it is dropped.
#[derive(Debug)]
pub struct OpenStream {
    user: UserId,
    open: Arc<Mutex<HashMap<UserId, usize>>>,
}

impl Streams {
    /// At most `most` for each person.
    #[must_use]
    pub fn new(most: usize) -> Self {
        Self { most, open: Arc::default() }
    }

    /// Counts one more stream of this person.
    ///
    /// # Errors
    /// 429 `too_many_streams`.
    pub fn open(&self, principal: &Principal) -> Result<OpenStream, ApiError> {
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        let held = open.get(&principal.user).copied().unwrap_or_default();
        if held >= self.most {
            return Err(ApiError::new(StatusCode::TOO_MANY_REQUESTS, "too_many_streams", "Too many open streams")
                .detail(format!("You have {held} streams open; close one, a browser tab for instance."))
                .retry_after(15));
        }
        open.insert(principal.user.clone(), held + 1);
        Ok(OpenStream { user: principal.user.clone(), open: Arc::clone(&self.open) })
    }
}

impl Drop for OpenStream {
    fn drop(&mut self) {
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(held) = open.get_mut(&self.user) {
            *held -= 1;
            if *held == 0 {
                open.remove(&self.user);
            }
        }
    }
}
