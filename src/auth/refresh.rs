//! Refresh tokens: 256 random bits, opaque, known to the database only by their SHA-256.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use rand::TryRngCore;
use rand::rngs::OsRng;
use sha2::{Digest, Sha256};

use super::AuthError;

/// A new secret: 43 characters that nobody can guess.
///
/// # Errors
/// [`AuthError::Crypto`] when the machine gives no randomness.
pub fn secret() -> Result<String, AuthError> {
    let mut bytes = [0_u8; 32];
    OsRng.try_fill_bytes(&mut bytes).map_err(AuthError::crypto)?;
    Ok(URL_SAFE_NO_PAD.encode(bytes))
}

/// What the database keeps of it.
pub(super) fn hash(secret: &str) -> String {
    hex::encode(Sha256::digest(secret.as_bytes()))
}
