//! Passwords: argon2id off the async threads, few at a time, and the same cost whether or not the user exists.

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use argon2::password_hash::phc::{Output, ParamsString, Salt};
use argon2::password_hash::{self, CustomizedPasswordHasher};
use argon2::{Algorithm, Argon2, Block, Params, PasswordHash, PasswordHasher, PasswordVerifier, Version};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::AuthError;

/// Hashes worked on at the same time: each takes 19 MiB and a core.
const CONCURRENT: usize = 2;
/// Room asked for by one hash, in blocks of 1 KiB; no more of it is touched than the hash needs. Above 32 MiB, glibc's
/// largest threshold (mallopt(3), `M_MMAP_THRESHOLD`), it is mapped apart and goes back to the system when the hash is
/// done. Below it stays, once for every thread that ever hashed: resident memory grew by 19 MiB a step.
const MAPPED: usize = 33 * 1024;
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
            let fits = MappedArgon2.verify_password(password.as_bytes(), &parsed).is_ok();
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
    let hash = MappedArgon2.hash_password(password.as_bytes());
    hash.map(|hash| hash.to_string()).map_err(|e| AuthError::crypto(e.to_string()))
}

fn decoy_hash(decoy: &OnceLock<String>) -> Result<String, AuthError> {
    if let Some(hash) = decoy.get() {
        return Ok(hash.clone());
    }
    let made = hash("nobody has this password")?;
    Ok(decoy.get_or_init(|| made).clone())
}

/// Argon2id as [`Argon2`] computes it, in memory that goes back to the system.
struct MappedArgon2;

impl CustomizedPasswordHasher<PasswordHash> for MappedArgon2 {
    type Params = Params;

    fn hash_password_customized(
        &self,
        password: &[u8],
        salt: &[u8],
        algorithm: Option<&str>,
        version: Option<u32>,
        params: Params,
    ) -> password_hash::Result<PasswordHash> {
        let algorithm = algorithm.map(Algorithm::try_from).transpose()?.unwrap_or_default();
        let version = version.map(Version::try_from).transpose()?.unwrap_or_default();
        let mut output = [0; Params::DEFAULT_OUTPUT_LEN];
        let mut memory = Vec::with_capacity(params.block_count().max(MAPPED));
        memory.resize(params.block_count(), Block::new());
        Argon2::new(algorithm, version, params.clone()).hash_password_into_with_memory(
            password,
            salt,
            &mut output,
            &mut memory,
        )?;
        Ok(PasswordHash {
            algorithm: algorithm.ident(),
            version: Some(version.into()),
            params: ParamsString::try_from(&params)?,
            salt: Some(Salt::new(salt)?),
            hash: Some(Output::new(&output)?),
        })
    }
}

impl PasswordHasher<PasswordHash> for MappedArgon2 {
    fn hash_password_with_salt(&self, password: &[u8], salt: &[u8]) -> password_hash::Result<PasswordHash> {
        self.hash_password_with_params(password, salt, Params::default())
    }
}

#[cfg(all(test, target_os = "linux", target_env = "gnu"))]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may stop at the first surprise")]

    use super::*;

    /// Resident memory of this process in MiB (proc(5), `statm`, pages of 4 KiB).
    fn resident() -> i64 {
        let statm = std::fs::read_to_string("/proc/self/statm").unwrap();
        statm.split(' ').nth(1).unwrap().parse::<i64>().unwrap() * 4 / 1024
    }

    #[tokio::test]
    async fn the_memory_of_a_hash_goes_back() {
        let passwords = Passwords::new();
        let before = resident();
        let stored = passwords.hash("correct horse".into()).await.unwrap();
        let mut threads = tokio::task::JoinSet::new();
        for _ in 0..8 {
            let (passwords, stored) = (passwords.clone(), stored.clone());
            threads.spawn(async move { passwords.verify("correct horse".into(), Some(stored)).await.unwrap() });
        }
        assert!(threads.join_all().await.into_iter().all(|fits| fits));
        let grown = resident() - before;
        assert!(grown < 15, "{grown} MiB stayed: one hash takes 19");
    }
}
