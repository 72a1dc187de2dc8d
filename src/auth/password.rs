//! Passwords: argon2id off the async threads, few at a time, and the same cost whether or not the user exists.
//!
//! Two threads of its own do it. A hash fills 19 MiB, and the allocator keeps them for the thread that asked: on threads
//! that come and go, each would leave such a block behind.

use std::sync::{Arc, Mutex, OnceLock, PoisonError, mpsc};
use std::time::Duration;

use argon2::{Argon2, PasswordHash, PasswordHasher, PasswordVerifier};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, oneshot};

use super::AuthError;

/// Hashes worked on at the same time: each takes 19 MiB and a core.
const CONCURRENT: usize = 2;
/// How long a sign-in waits for its turn.
const TURN: Duration = Duration::from_secs(10);

type Job = Box<dyn FnOnce() + Send>;

/// Makes and checks password hashes.
#[derive(Debug, Clone)]
pub(super) struct Passwords {
    turns: Arc<Semaphore>,
    jobs: mpsc::Sender<Job>,
    decoy: Arc<OnceLock<String>>,
}

impl Passwords {
    /// The threads end with the last clone.
    pub(super) fn new() -> Self {
        let (jobs, queue) = mpsc::channel();
        let queue = Arc::new(Mutex::new(queue));
        for _ in 0..CONCURRENT {
            let queue = Arc::clone(&queue);
            let thread = std::thread::Builder::new().name("password".to_owned());
            if let Err(error) = thread.spawn(move || work_off(&queue)) {
                tracing::error!(error = %error, "a thread for passwords could not be started");
            }
        }
        Self { turns: Arc::new(Semaphore::new(CONCURRENT)), jobs, decoy: Arc::default() }
    }

    /// The PHC string of a password.
    pub(super) async fn hash(&self, password: String) -> Result<String, AuthError> {
        self.run(move || hash(&password)).await
    }

    /// Whether the password belongs to `stored`; without a `stored` the answer is no, at the same cost.
    pub(super) async fn verify(&self, password: String, stored: Option<String>) -> Result<bool, AuthError> {
        let decoy = Arc::clone(&self.decoy);
        self.run(move || {
            let known = stored.is_some();
            let stored = match stored {
                Some(stored) => stored,
                None => decoy_hash(&decoy)?,
            };
            let parsed = PasswordHash::new(&stored).map_err(|e| AuthError::crypto(e.to_string()))?;
            let fits = Argon2::default().verify_password(password.as_bytes(), &parsed).is_ok();
            Ok(fits && known)
        })
        .await
    }

    /// Does `work` on one of the threads, when it is its turn.
    async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> Result<T, AuthError> + Send + 'static,
    ) -> Result<T, AuthError> {
        let turn = self.turn().await?;
        let (done, answer) = oneshot::channel();
        let job = move || {
            let result = work();
            drop(turn);
            drop(done.send(result));
        };
        self.jobs.send(Box::new(job)).map_err(|_| AuthError::crypto("no thread for passwords is left"))?;
        answer.await.map_err(AuthError::crypto)?
    }

    async fn turn(&self) -> Result<OwnedSemaphorePermit, AuthError> {
        let turn = tokio::time::timeout(TURN, Arc::clone(&self.turns).acquire_owned()).await;
        turn.map_err(|_| AuthError::Busy)?.map_err(AuthError::crypto)
    }
}

fn work_off(queue: &Mutex<mpsc::Receiver<Job>>) {
    loop {
        let job = queue.lock().unwrap_or_else(PoisonError::into_inner).recv();
        match job {
            Ok(job) => job(),
            Err(_) => return,
        }
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
