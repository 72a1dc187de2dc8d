//! What every request passes through, one file a layer.

pub mod idempotency;
pub mod request_id;
