//! What every request passes through, one file a layer.

pub mod bounds;
pub mod cors;
pub mod idempotency;
pub mod protection;
pub mod rate_limit;
pub mod request_id;
