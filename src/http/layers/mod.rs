//! What every request passes through, one file a layer.

pub mod idempotency;
pub mod rate_limit;
pub mod request_id;
