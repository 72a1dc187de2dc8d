//! What can go wrong between a caller and their rights.

use crate::store::StoreError;

/// A failure of sign-in, of a token, or of managing accounts.
#[derive(Debug, thiserror::Error)]
pub enum AuthError {
    /// No user has this address and password, or the account is not active; the caller cannot tell which.
    #[error("wrong e-mail address or password")]
    WrongCredentials,
    /// Too many failures in a row.
    #[error("too many failed attempts; wait {retry_after_s} seconds")]
    TooManyAttempts {
        /// Seconds to wait.
        retry_after_s: u64,
    },
    /// Too many sign-ins at the same moment.
    #[error("too many sign-ins at the same moment")]
    Busy,
    /// Not a token at all.
    #[error("the access token cannot be read")]
    TokenMalformed,
    /// A token of ours that has ended.
    #[error("the access token has ended")]
    TokenExpired,
    /// Not signed by us, or not for us.
    #[error("the access token is not valid")]
    TokenInvalid,
    /// An unknown, ended or revoked refresh token.
    #[error("the refresh token is not valid")]
    RefreshInvalid,
    /// A refresh token used twice; its family is revoked.
    #[error("the refresh token was used before")]
    RefreshReused,
    /// There is no such user in the caller's tenant.
    #[error("there is no such user")]
    UnknownUser,
    /// The change would give or touch a role above the caller's own.
    #[error("only a super admin may do this")]
    AboveOwnRole,
    /// Nobody takes their own rights away by accident.
    #[error("nobody changes their own role or deactivates themselves")]
    OwnAccount,
    /// Somebody must be able to manage the dealership.
    #[error("the dealership would have no administrator")]
    LastAdministrator,
    /// The address is in use.
    #[error("the e-mail address is in use")]
    EmailTaken,
    /// A value names a store the tenant does not have.
    #[error("the dealership has no store `{0}`")]
    UnknownStore(String),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// Cryptography failed: a key cannot be read, a hash cannot be made.
    #[error("a key or hash could not be made or read")]
    Crypto(#[source] Box<dyn std::error::Error + Send + Sync>),
}

impl AuthError {
    /// Wraps a cryptographic cause.
    pub(super) fn crypto(cause: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        Self::Crypto(cause.into())
    }
}
