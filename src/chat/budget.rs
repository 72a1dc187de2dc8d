//! What a turn may spend, has spent and has left: of its own limits, and of the day's.

use std::time::Duration;

use chrono::SecondsFormat;
use serde_json::{Value, json};

use crate::config::BudgetConfig;
use crate::llm::Usage;
use crate::model::run::RunUsage;
use crate::model::spending::{Day, DaySpending, Spending, Spent};

/// What one answer of a model took.
#[must_use]
pub const fn spent(usage: &Usage) -> Spent {
    Spent {
        input_tokens: usage.input_tokens,
        cached_tokens: usage.cached_tokens,
        output_tokens: usage.output_tokens,
        cost_microdollars: usage.cost_microdollars,
    }
}

/// Whose day is spent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Whose {
    /// The user's.
    User,
    /// The dealer group's.
    Tenant,
}

impl Whose {
    /// The stable code of a turn that is refused or ended for it.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::User => "user_day_spent",
            Self::Tenant => "tenant_day_spent",
        }
    }
}

/// Whose limit of the day is reached, if one is.
#[must_use]
pub const fn day_spent(config: &BudgetConfig, today: &DaySpending) -> Option<Whose> {
    if reached(today.user, config.user_day_tokens, config.user_day_microdollars) {
        return Some(Whose::User);
    }
    if reached(today.tenant, config.tenant_day_tokens, config.tenant_day_microdollars) {
        return Some(Whose::Tenant);
    }
    None
}

const fn reached(spending: Spending, tokens: i64, microdollars: i64) -> bool {
    (tokens > 0 && spending.tokens >= tokens) || (microdollars > 0 && spending.cost_microdollars >= microdollars)
}

/// What clients are told at the end of a turn: the value of the `usage` event. What has no limit has no `left`; what a
/// whole dealer group spent is nobody's to see, only what it has left.
#[must_use]
pub fn account(config: &BudgetConfig, usage: &RunUsage, (day, today): (Day, &DaySpending), took: Duration) -> Value {
    let seconds = took.as_secs();
    let mut value = json!({
        "turn": {
            "model": usage.model,
            "model_calls": usage.rounds,
            "tool_calls": usage.tool_calls,
            "input_tokens": usage.input_tokens,
            "cached_tokens": usage.cached_tokens,
            "output_tokens": usage.output_tokens,
            "cost_microdollars": usage.cost_microdollars,
            "seconds": seconds,
        },
        "turn_left": {
            "tool_calls": (i64::from(config.turn_tool_calls) - usage.tool_calls).max(0),
            "seconds": config.turn_seconds.saturating_sub(seconds),
        },
        "day": {
            "ends_at": day.end().to_rfc3339_opts(SecondsFormat::Secs, true),
            "tokens": today.user.tokens,
            "cost_microdollars": today.user.cost_microdollars,
        },
    });
    let lefts = [
        ("turn_left", "tokens", config.turn_tokens, usage.tokens()),
        ("turn_left", "cost_microdollars", config.turn_microdollars, usage.cost_microdollars),
        ("day", "tokens_left", config.user_day_tokens, today.user.tokens),
        ("day", "cost_microdollars_left", config.user_day_microdollars, today.user.cost_microdollars),
        ("day", "tenant_tokens_left", config.tenant_day_tokens, today.tenant.tokens),
        ("day", "tenant_cost_microdollars_left", config.tenant_day_microdollars, today.tenant.cost_microdollars),
    ];
    for (part, name, limit, spent) in lefts.into_iter().filter(|(_, _, limit, _)| *limit > 0) {
        value[part][name] = json!((limit - spent).max(0));
    }
    value
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Config;

    fn config() -> BudgetConfig {
        Config::defaults().unwrap().budget
    }

    #[test]
    fn a_day_is_spent_at_its_limit_and_the_user_is_named_before_the_tenant() {
        let mut today = DaySpending::default();
        today += Spent { input_tokens: 900, output_tokens: 100, cost_microdollars: 50, ..Spent::default() };
        assert_eq!(day_spent(&config(), &today), None, "no limit is set");
        assert_eq!(day_spent(&BudgetConfig { user_day_tokens: 1001, ..config() }, &today), None);
        for config in [
            BudgetConfig { user_day_tokens: 1000, tenant_day_tokens: 1000, ..config() },
            BudgetConfig { user_day_microdollars: 50, ..config() },
        ] {
            assert_eq!(day_spent(&config, &today), Some(Whose::User));
        }
        for config in [
            BudgetConfig { tenant_day_tokens: 1000, ..config() },
            BudgetConfig { tenant_day_microdollars: 50, ..config() },
        ] {
            assert_eq!(day_spent(&config, &today), Some(Whose::Tenant));
        }
    }

    #[test]
    fn the_account_says_what_is_left_only_where_there_is_a_limit() {
        let mut usage = RunUsage { model: "m".into(), rounds: 2, tool_calls: 3, ..RunUsage::default() };
        usage.add(Spent { input_tokens: 1000, cached_tokens: 600, output_tokens: 200, cost_microdollars: 4200 });
        let mut today = DaySpending::default();
        today += Spent { input_tokens: 5000, output_tokens: 0, ..Spent::default() };
        let config = BudgetConfig { user_day_tokens: 4000, turn_microdollars: 0, ..config() };
        let day = Day::of("2026-03-10T15:00:00Z".parse().unwrap());
        insta::assert_json_snapshot!(account(&config, &usage, (day, &today), Duration::from_millis(2900)), @r#"
        {
          "turn": {
            "model": "m",
            "model_calls": 2,
            "tool_calls": 3,
            "input_tokens": 1000,
            "cached_tokens": 600,
            "output_tokens": 200,
            "cost_microdollars": 4200,
            "seconds": 2
          },
          "turn_left": {
            "tool_calls": 29,
            "seconds": 358,
            "tokens": 198800
          },
          "day": {
            "ends_at": "2026-03-11T00:00:00Z",
            "tokens": 5000,
            "cost_microdollars": 0,
            "tokens_left": 0
          }
        }
        "#);
    }
}
