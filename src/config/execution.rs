//! The execution engine.

use serde::{Deserialize, Serialize};

/// See `defaults.toml`.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ExecutionConfig {
    /// Executions worked on at the same time.
    pub concurrency: usize,
    /// Seconds after which a silent engine loses its executions.
    pub lease_s: i64,
    /// Events caused by our own actions stop at this depth.
    pub max_depth: i64,
    /// Times an execution is picked up again after a crash before it is parked.
    pub max_recoveries: i64,
    /// Attempts at a connector call that failed for a passing reason.
    pub call_attempts: u32,
}

impl ExecutionConfig {
    pub(super) fn validate(&self, problems: &mut Vec<String>) {
        if self.concurrency == 0 || self.lease_s < 1 || self.call_attempts == 0 {
            problems
                .push("execution.concurrency, execution.lease_s and execution.call_attempts must be at least 1".into());
        }
    }
}
