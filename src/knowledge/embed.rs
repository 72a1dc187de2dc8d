//! Text → the dense vector of its meaning, by an OpenAI-compatible endpoint (`POST /embeddings`). In batches, with a
//! bound on everything that comes back; what was asked lately is remembered by its hash.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use secrecy::{ExposeSecret as _, SecretString};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use super::vector::Model;

/// Vectors remembered at most.
const REMEMBERED: usize = 2048;
/// Bytes of an answer for each text that was sent: 4,096 numbers of 20 characters.
const BYTES_A_TEXT: usize = 80 * 1024;
/// Characters of a text that are sent; models read some thousand words at most.
const MAX_TEXT: usize = 8000;
/// Tries of one request; each waits longer than the one before.
const TRIES: u32 = 3;
/// How long the second try waits.
const WAIT: Duration = Duration::from_millis(200);
/// Numbers a vector may have.
const DIMENSIONS: std::ops::RangeInclusive<usize> = 1..=8192;

/// Where vectors come from.
#[derive(Debug, Clone)]
pub struct EmbedderSettings {
    /// Name of the model.
    pub model: String,
    /// Address of the endpoint, up to and without `/embeddings`.
    pub base_url: String,
    /// Its key; none is sent when it is empty.
    pub api_key: SecretString,
    /// How long one request may take.
    pub timeout: Duration,
    /// Texts of one request.
    pub batch: usize,
}

/// Why there are no vectors.
#[derive(Debug, thiserror::Error)]
pub enum EmbedError {
    /// It cannot be reached, is busy, or did not answer in time.
    #[error("the embedding model does not answer")]
    Unreachable(#[source] reqwest::Error),
    /// It refused.
    #[error("the embedding model refused with status {0}")]
    Refused(u16),
    /// It answered something else than was asked for.
    #[error("the embedding model answered wrongly: {0}")]
    Wrong(&'static str),
    /// The client cannot be made.
    #[error("the client of the embedding model cannot be made")]
    Client(#[source] reqwest::Error),
}

impl EmbedError {
    /// Whether the same request may go well a moment later.
    fn passes(&self) -> bool {
        match self {
            Self::Unreachable(_) => true,
            Self::Refused(status) => *status == 429 || *status >= 500,
            Self::Wrong(_) | Self::Client(_) => false,
        }
    }
}

#[derive(Serialize)]
struct Asked<'a> {
    model: &'a str,
    input: Vec<&'a str>,
    encoding_format: &'static str,
}

#[derive(Deserialize)]
struct Answered {
    data: Vec<Embedded>,
}

#[derive(Deserialize)]
struct Embedded {
    index: usize,
    embedding: Vec<f32>,
}

/// An embedding model. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Embedder {
    http: reqwest::Client,
    settings: Arc<EmbedderSettings>,
    remembered: Arc<Mutex<Remembered>>,
}

impl Embedder {
    /// The model of these settings; asks nothing yet.
    ///
    /// # Errors
    /// [`EmbedError::Client`].
    pub fn new(settings: EmbedderSettings) -> Result<Self, EmbedError> {
        // a second installation is refused, and that is fine: the first one is the same
        drop(rustls::crypto::ring::default_provider().install_default());
        let http = reqwest::Client::builder()
            .timeout(settings.timeout)
            .redirect(reqwest::redirect::Policy::none())
            .user_agent(concat!("auterity/", env!("CARGO_PKG_VERSION")))
            .build()
            .map_err(EmbedError::Client)?;
        Ok(Self { http, settings: Arc::new(settings), remembered: Arc::default() })
    }

    /// Its name in the settings.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.settings.model
    }

    /// The model with the size of its vectors, as one answer shows.
    ///
    /// # Errors
    /// [`EmbedError`].
    pub async fn model(&self) -> Result<Model, EmbedError> {
        let vectors = self.embed(&["size"]).await?;
        let size = vectors.first().map_or(0, Vec::len);
        Ok(Model::new(self.name(), size))
    }

    /// The vectors of `texts`, in their order; equal texts are sent once, and known ones not at all.
    ///
    /// # Errors
    /// [`EmbedError`].
    pub async fn embed(&self, texts: &[&str]) -> Result<Vec<Vec<f32>>, EmbedError> {
        let texts: Vec<&str> = texts.iter().map(|text| shortened(text)).collect();
        let mut known: HashMap<[u8; 32], Vec<f32>> = HashMap::new();
        let mut missing: Vec<(&str, [u8; 32])> = Vec::new();
        for text in &texts {
            let key = key(text);
            if known.contains_key(&key) || missing.iter().any(|(_, other)| *other == key) {
                continue;
            }
            match self.remembered().find(&key) {
                Some(vector) => drop(known.insert(key, vector)),
                None => missing.push((text, key)),
            }
        }
        for batch in missing.chunks(self.settings.batch.max(1)) {
            let asked: Vec<&str> = batch.iter().map(|(text, _)| *text).collect();
            for (vector, (_, key)) in self.ask(&asked).await?.into_iter().zip(batch) {
                self.remembered().keep(*key, vector.clone());
                known.insert(*key, vector);
            }
        }
        let vector = |text: &&str| known.get(&key(text)).cloned();
        texts.iter().map(vector).collect::<Option<_>>().ok_or(EmbedError::Wrong("a text has no vector"))
    }

    /// One batch; again, a little later, when that may help.
    async fn ask(&self, texts: &[&str]) -> Result<Vec<Vec<f32>>, EmbedError> {
        let mut tried = 0;
        loop {
            tried += 1;
            match self.ask_once(texts).await {
                Err(error) if error.passes() && tried < TRIES => tokio::time::sleep(WAIT * tried).await,
                answered => return answered,
            }
        }
    }

    async fn ask_once(&self, texts: &[&str]) -> Result<Vec<Vec<f32>>, EmbedError> {
        let url = format!("{}/embeddings", self.settings.base_url.trim_end_matches('/'));
        let asked = Asked { model: self.name(), input: texts.to_vec(), encoding_format: "float" };
        let mut request = self.http.post(url).json(&asked);
        if !self.settings.api_key.expose_secret().is_empty() {
            request = request.bearer_auth(self.settings.api_key.expose_secret());
        }
        let mut response = request.send().await.map_err(EmbedError::Unreachable)?;
        if !response.status().is_success() {
            return Err(EmbedError::Refused(response.status().as_u16()));
        }
        let (mut bytes, most) = (Vec::new(), BYTES_A_TEXT * (texts.len() + 1));
        while let Some(piece) = response.chunk().await.map_err(EmbedError::Unreachable)? {
            if bytes.len() + piece.len() > most {
                return Err(EmbedError::Wrong("it is larger than vectors are"));
            }
            bytes.extend_from_slice(&piece);
        }
        let answered: Answered = serde_json::from_slice(&bytes).map_err(|_| EmbedError::Wrong("it cannot be read"))?;
        checked(answered.data, texts.len())
    }

    fn remembered(&self) -> std::sync::MutexGuard<'_, Remembered> {
        self.remembered.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The vectors by their order, when there is one for each text, all of a size, of length 1 after this.
fn checked(mut data: Vec<Embedded>, texts: usize) -> Result<Vec<Vec<f32>>, EmbedError> {
    data.sort_by_key(|embedded| embedded.index);
    if data.len() != texts || !data.iter().enumerate().all(|(at, embedded)| embedded.index == at) {
        return Err(EmbedError::Wrong("it has not one vector for each text"));
    }
    let size = data.first().map_or(0, |embedded| embedded.embedding.len());
    if !DIMENSIONS.contains(&size) || data.iter().any(|embedded| embedded.embedding.len() != size) {
        return Err(EmbedError::Wrong("its vectors have no common size"));
    }
    data.into_iter().map(|embedded| normalised(embedded.embedding)).collect()
}

fn normalised(mut vector: Vec<f32>) -> Result<Vec<f32>, EmbedError> {
    let length = vector.iter().map(|number| number * number).sum::<f32>().sqrt();
    if !length.is_finite() || length <= f32::EPSILON {
        return Err(EmbedError::Wrong("a vector has no direction"));
    }
    vector.iter_mut().for_each(|number| *number /= length);
    Ok(vector)
}

fn shortened(text: &str) -> &str {
    text.char_indices().nth(MAX_TEXT).map_or(text, |(end, _)| &text[..end])
}

fn key(text: &str) -> [u8; 32] {
    Sha256::digest(text).into()
}

/// Vectors by the hash of their text; the oldest goes first.
#[derive(Default)]
struct Remembered {
    vectors: HashMap<[u8; 32], Vec<f32>>,
    order: VecDeque<[u8; 32]>,
}

impl std::fmt::Debug for Remembered {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Remembered").field("vectors", &self.vectors.len()).finish_non_exhaustive()
    }
}

impl Remembered {
    fn find(&self, key: &[u8; 32]) -> Option<Vec<f32>> {
        self.vectors.get(key).cloned()
    }

    fn keep(&mut self, key: [u8; 32], vector: Vec<f32>) {
        if self.vectors.insert(key, vector).is_none() {
            self.order.push_back(key);
        }
        if self.order.len() > REMEMBERED
            && let Some(oldest) = self.order.pop_front()
        {
            self.vectors.remove(&oldest);
        }
    }
}
