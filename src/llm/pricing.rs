//! What an answer costs by a provider's price table.

use super::Usage;
use crate::config::Price;

/// Bytes of a token, where nobody counted: what English text and JSON come to.
const BYTES_PER_TOKEN: usize = 4;

/// The tokens of `bytes` of text, where nobody counted.
#[must_use]
pub fn estimate(bytes: usize) -> i64 {
    i64::try_from(bytes.div_ceil(BYTES_PER_TOKEN)).unwrap_or(i64::MAX)
}

/// `usage` with its cost. A dollar for a million tokens is a millionth of a dollar for one.
#[must_use]
pub fn priced(usage: Usage, price: &Price) -> Usage {
    let fresh = usage.input_tokens.saturating_sub(usage.cached_tokens).max(0);
    let cached_price = price.cached_input.unwrap_or(price.input);
    let parts = [(fresh, price.input), (usage.cached_tokens, cached_price), (usage.output_tokens, price.output)];
    let cost: f64 = parts.iter().map(|(tokens, price)| *tokens as f64 * price).sum();
    // upwards, so that many small answers are not free together
    Usage { cost_microdollars: cost.ceil() as i64, ..usage }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cached_tokens_have_their_own_price_and_fractions_count() {
        let usage = Usage { input_tokens: 1_000_000, cached_tokens: 400_000, output_tokens: 10, ..Usage::default() };
        let price = Price { input: 0.4, cached_input: Some(0.1), output: 1.6 };
        assert_eq!(priced(usage, &price).cost_microdollars, 240_000 + 40_000 + 16);
        let plain = Price { cached_input: None, ..price };
        assert_eq!(priced(usage, &plain).cost_microdollars, 400_016);
        let small = Usage { input_tokens: 1, ..Usage::default() };
        assert_eq!(priced(small, &price).cost_microdollars, 1);
        assert_eq!(priced(usage, &Price::default()).cost_microdollars, 0);
    }

    #[test]
    fn providers_that_count_nonsense_cost_nothing_negative() {
        let usage = Usage { input_tokens: 5, cached_tokens: 9, ..Usage::default() };
        assert_eq!(priced(usage, &Price { input: 1.0, cached_input: Some(0.0), output: 1.0 }).cost_microdollars, 0);
    }
}
