//! Passwords: argon2id off the async threads, few at a time, and the same cost whether or not the user exists.

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use argon2::{Argon2, PasswordHash, PasswordHasher, PasswordVerifier};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::AuthError;

/// Hashes worked on at the same time: each takes 19 MiB and a core.
const CONCURRENT: usize = 2;
/// How long a sign-in waits for its turn.
const TURN: Duration = Duration::from_secs(10);

/// Makes and checks password hashes.
#[derive(Debug, Clone)]
pub(super) struct Passwords {
    turns: Arc<Semaphore>,
    decoy: Arc<OnceLock<String>>,
}

impl Passwords {
    pub(super) fn new() -> Self {
        Self { turns: Arc::new(Semaphore::new(CONCURRENT)), decoy: Arc::default() }
    }

    /// The PHC string of a password.
    pub(super) async fn hash(&self, password: String) -> Result<String, AuthError> {
        let turn = self.turn().await?;
        let hashed = tokio::task::spawn_blocking(move || {
            let _turn = turn;
            hash(&password)
        });
        hashed.await.map_err(AuthError::crypto)?
    }

    /// Whether the password belongs to `stored`; without a `stored` the answer is no, at the same cost.
    pub(super) async fn verify(&self, password: String, stored: Option<String>) -> Result<bool, AuthError> {
        let turn = self.turn().await?;
        let decoy = Arc::clone(&self.decoy);
        let verified = tokio::task::spawn_blocking(move || {
            let _turn = turn;
            let known = stored.is_some();
            let stored = match stored {
                Some(stored) => stored,
                None => decoy_hash(&decoy)?,
            };
            let parsed = PasswordHash::new(&stored).map_err(|e| AuthError::crypto(e.to_string()))?;
            let fits = Argon2::default().verify_password(password.as_bytes(), &parsed).is_ok();
            Ok(fits && known)
        });
        verified.await.map_err(AuthError::crypto)?
    }

    async fn turn(&self) -> Result<OwnedSemaphorePermit, AuthError> {
        let turn = tokio::time::timeout(TURN, Arc::clone(&self.turns).acquire_owned()).await;
        turn.map_err(|_| AuthError::Busy)?.map_err(AuthError::crypto)
    }
}

fn hash(password: &str) -> Result<String, AuthError> {
    let hash = Argon2::default().hash_password(password.as_bytes());
    hash.map(|hash| hash.to_string()).map_err(|e| AuthError::crypto(e.to_string()))
}

fn decoy_hash(decoy: &OnceLock<String>) -> Result<String, AuthError> {
    if let Some(hash) = decoy.get() {
        return Ok(hash.clone());
    }
    let made = hash("nobody has this password")?;
    Ok(decoy.get_or_init(|| made).clone())
}
