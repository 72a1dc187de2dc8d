//! Access tokens whose signature was found good: checking one takes longer than all else about a request, and the same
//! token comes with every request of half an hour.
//!
//! Kept is only what a signature says, under the token's digest. When the token ends, whether its key is still ours and
//! whether its user may still sign in are looked at each time.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use sha2::{Digest as _, Sha256};

/// Tokens that are kept at most.
const MOST_KEPT: usize = 4096;

type Fingerprint = [u8; 32];

/// What tokens were found to say.
#[derive(Debug)]
pub(super) struct Seen<T> {
    kept: Mutex<HashMap<Fingerprint, Arc<T>>>,
}

impl<T> Default for Seen<T> {
    fn default() -> Self {
        Self { kept: Mutex::default() }
    }
}

impl<T> Seen<T> {
    fn kept(&self) -> MutexGuard<'_, HashMap<Fingerprint, Arc<T>>> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What `token` says, read by `read` unless it was read before; a token that cannot be read is not kept.
    pub(super) fn read<E>(&self, token: &str, read: impl FnOnce() -> Result<T, E>) -> Result<Arc<T>, E> {
        let fingerprint: Fingerprint = Sha256::digest(token).into();
        if let Some(known) = self.kept().get(&fingerprint) {
            return Ok(Arc::clone(known));
        }
        let says = Arc::new(read()?);
        let mut kept = self.kept();
        if kept.len() >= MOST_KEPT {
            kept.clear();
        }
        kept.insert(fingerprint, Arc::clone(&says));
        Ok(says)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_read_once_and_a_bad_one_every_time() {
        let seen = Seen::<u32>::default();
        assert_eq!(*seen.read("one", || Ok::<_, ()>(1)).unwrap(), 1);
        assert_eq!(*seen.read("one", || Err(())).unwrap(), 1);
        assert_eq!(seen.read("two", || Err(())), Err(()));
        assert_eq!(*seen.read("two", || Ok::<_, ()>(2)).unwrap(), 2);
    }

    #[test]
    fn no_more_are_kept_than_may_be() {
        let seen = Seen::<usize>::default();
        for number in 0..2 * MOST_KEPT {
            seen.read(&number.to_string(), || Ok::<_, ()>(number)).unwrap();
            assert!(seen.kept().len() <= MOST_KEPT);
        }
    }
}
