//! Who is asking, and what they may do.
//!
//! An access token is a JWT that lives 30 minutes; each request looks up whether its user is still active and its sign-in
//! not ended. A refresh token is an opaque secret, stored only as its SHA-256, replaced at each use; a second use of one
//! token ends the whole sign-in, access tokens included.

mod accounts;
pub mod error;
mod jwt;
mod keys;
mod password;
pub mod principal;
mod refresh;
mod seen;
pub mod service;

pub use accounts::{NewUser, UserChange};
pub use error::AuthError;
pub use keys::{Jwk, Jwks};
pub use principal::{Permission, Principal, SignIn};
pub use refresh::secret as random_secret;
pub use service::{Service, Session};
