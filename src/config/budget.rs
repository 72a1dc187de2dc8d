//! What the assistant may spend on its model.

use serde::{Deserialize, Serialize};

/// See `defaults.toml`. A limit of 0 is none.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BudgetConfig {
    /// Tokens of one turn, sent and received.
    pub turn_tokens: i64,
    /// Tool calls of one turn.
    pub turn_tool_calls: u32,
    /// Seconds of one turn.
    pub turn_seconds: u64,
    /// Millionths of a dollar of one turn.
    pub turn_microdollars: i64,
    /// Tokens of one user on one UTC day.
    pub user_day_tokens: i64,
    /// Millionths of a dollar of one user on one UTC day.
    pub user_day_microdollars: i64,
    /// Tokens of a whole tenant on one UTC day.
    pub tenant_day_tokens: i64,
    /// Millionths of a dollar of a whole tenant on one UTC day.
    pub tenant_day_microdollars: i64,
    /// Tokens of one passage in what a tool answers.
    pub passage_tokens: usize,
    /// Tokens of one tool's whole answer.
    pub answer_tokens: usize,
}

impl BudgetConfig {
    /// Whether anything is counted per day and can run out.
    #[must_use]
    pub const fn limits_days(&self) -> bool {
        self.user_day_tokens > 0
            || self.user_day_microdollars > 0
            || self.tenant_day_tokens > 0
            || self.tenant_day_microdollars > 0
    }

    pub(super) fn validate(&self, problems: &mut Vec<String>) {
        let amounts = [
            ("turn_tokens", self.turn_tokens),
            ("turn_microdollars", self.turn_microdollars),
            ("user_day_tokens", self.user_day_tokens),
            ("user_day_microdollars", self.user_day_microdollars),
            ("tenant_day_tokens", self.tenant_day_tokens),
            ("tenant_day_microdollars", self.tenant_day_microdollars),
        ];
        for (name, amount) in amounts {
            if amount < 0 {
                problems.push(format!("budget.{name} must not be negative; 0 is no limit"));
            }
        }
        if self.turn_tool_calls == 0 || self.turn_seconds == 0 {
            problems.push("budget.turn_tool_calls and budget.turn_seconds must be at least 1".to_owned());
        }
        if self.passage_tokens < 50 || self.answer_tokens < self.passage_tokens {
            problems.push("budget.passage_tokens must be at least 50, and budget.answer_tokens no less".to_owned());
        }
    }
}
