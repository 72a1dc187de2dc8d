//! Who is asking, and what they may do.
//!
//! An access token is a JWT that carries the whole [`Principal`], so a request costs no look-up; it lives 30 minutes,
//! which is the longest that a deactivated user keeps access. A refresh token is an opaque secret, stored only as its
//! SHA-256, replaced at each use; a second use of one token ends the whole sign-in.

mod accounts;
pub mod error;
mod jwt;
mod keys;
mod password;
pub mod principal;
mod refresh;
pub mod service;

pub use accounts::{NewUser, UserChange};
pub use error::AuthError;
pub use keys::{Jwk, Jwks};
pub use principal::{Permission, Principal};
pub use refresh::secret as random_secret;
pub use service::{Service, Session};
