//! The key pair that signs access tokens: made once, kept in the database, shared by all replicas.

use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::{DecodingKey, EncodingKey};
use rsa::pkcs8::{DecodePrivateKey, EncodePrivateKey, LineEnding};
use rsa::traits::PublicKeyParts;
use rsa::{RsaPrivateKey, RsaPublicKey};
use serde::Serialize;
use sha2::{Digest, Sha256};
use tokio::sync::RwLock;

use super::AuthError;
use crate::model::Clock;
use crate::store::Database;
use crate::store::signing_keys::SigningKey;

const BITS: usize = 2048;

/// A public key as RFC 7517 writes it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct Jwk {
    /// Always `RSA`.
    pub kty: &'static str,
    /// Always `sig`.
    #[serde(rename = "use")]
    pub usage: &'static str,
    /// Always `RS256`.
    pub alg: &'static str,
    /// Which key.
    pub kid: String,
    /// Modulus, base64url.
    pub n: String,
    /// Exponent, base64url.
    pub e: String,
}

/// The public keys that verify our access tokens.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct Jwks {
    /// The one that signs now comes first.
    pub keys: Vec<Jwk>,
}

/// One key, ready to use.
pub(super) struct Key {
    pub(super) id: String,
    pub(super) signs: EncodingKey,
    pub(super) verifies: DecodingKey,
    public: Jwk,
}

impl std::fmt::Debug for Key {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Key").field("id", &self.id).finish_non_exhaustive()
    }
}

/// The keys, read from the database once and again when a token names one we do not know.
#[derive(Debug)]
pub(super) struct Keys {
    db: Database,
    clock: Arc<dyn Clock>,
    cached: RwLock<Vec<Arc<Key>>>,
}

impl Keys {
    pub(super) fn new(db: Database, clock: Arc<dyn Clock>) -> Self {
        Self { db, clock, cached: RwLock::default() }
    }

    /// The key that signs.
    pub(super) async fn signing(&self) -> Result<Arc<Key>, AuthError> {
        if let Some(key) = self.cached.read().await.first() {
            return Ok(Arc::clone(key));
        }
        let mut cached = self.cached.write().await;
        if cached.is_empty() {
            *cached = self.load_or_make().await?;
        }
        cached.first().cloned().ok_or_else(|| AuthError::crypto("the database keeps no signing key"))
    }

    /// The key a token names.
    pub(super) async fn verifying(&self, id: &str) -> Result<Option<Arc<Key>>, AuthError> {
        self.signing().await?;
        let named = |keys: &[Arc<Key>]| keys.iter().find(|key| key.id == id).cloned();
        if let Some(key) = named(&self.cached.read().await) {
            return Ok(Some(key));
        }
        // A key id of ours is the thumbprint of a key: anything else is no reason to ask the database.
        if id.len() != 43 {
            return Ok(None);
        }
        let known = self.db.list_signing_keys().await?;
        if !known.iter().any(|key| key.id == id) {
            return Ok(None);
        }
        let mut cached = self.cached.write().await;
        *cached = ready(known).await?;
        Ok(named(&cached))
    }

    /// The public halves.
    pub(super) async fn public(&self) -> Result<Jwks, AuthError> {
        self.signing().await?;
        let keys = self.cached.read().await.iter().map(|key| key.public.clone()).collect();
        Ok(Jwks { keys })
    }

    async fn load_or_make(&self) -> Result<Vec<Arc<Key>>, AuthError> {
        let stored = self.db.list_signing_keys().await?;
        if stored.iter().any(|key| key.retired_at.is_none()) {
            return ready(stored).await;
        }
        let pem = tokio::task::spawn_blocking(generate).await.map_err(AuthError::crypto)??;
        let (pem, id) = pem;
        let made = SigningKey { id, private_pem: pem, created_at: self.clock.now(), retired_at: None };
        self.db.insert_first_signing_key(&made).await?;
        // Read back: another replica may have been first.
        ready(self.db.list_signing_keys().await?).await
    }
}

fn generate() -> Result<(String, String), AuthError> {
    let key = RsaPrivateKey::new(&mut rsa::rand_core::OsRng, BITS).map_err(AuthError::crypto)?;
    let pem = key.to_pkcs8_pem(LineEnding::LF).map_err(AuthError::crypto)?.to_string();
    Ok((pem, thumbprint(&key.to_public_key())))
}

async fn ready(stored: Vec<SigningKey>) -> Result<Vec<Arc<Key>>, AuthError> {
    let parsed = tokio::task::spawn_blocking(move || stored.iter().map(read).collect());
    parsed.await.map_err(AuthError::crypto)?
}

fn read(stored: &SigningKey) -> Result<Arc<Key>, AuthError> {
    let private = RsaPrivateKey::from_pkcs8_pem(&stored.private_pem).map_err(AuthError::crypto)?;
    let (n, e) = components(&private.to_public_key());
    let public = Jwk { kty: "RSA", usage: "sig", alg: "RS256", kid: stored.id.clone(), n, e };
    Ok(Arc::new(Key {
        id: stored.id.clone(),
        signs: EncodingKey::from_rsa_pem(stored.private_pem.as_bytes()).map_err(AuthError::crypto)?,
        verifies: DecodingKey::from_rsa_components(&public.n, &public.e).map_err(AuthError::crypto)?,
        public,
    }))
}

fn components(key: &RsaPublicKey) -> (String, String) {
    (URL_SAFE_NO_PAD.encode(key.n().to_bytes_be()), URL_SAFE_NO_PAD.encode(key.e().to_bytes_be()))
}

/// RFC 7638.
fn thumbprint(key: &RsaPublicKey) -> String {
    let (n, e) = components(key);
    URL_SAFE_NO_PAD.encode(Sha256::digest(format!(r#"{{"e":"{e}","kty":"RSA","n":"{n}"}}"#)))
}
