//! Questions that a definition asks while it runs (`request_approval`).

use crate::model::approval::Verdict;

/// Whether silence may count as `default`: one of the options, or a no; a yes where there is nothing to choose.
#[must_use]
pub fn may_default(options: &[&str], default: &str) -> bool {
    let yes = options.is_empty() && default == Verdict::Approved.as_str();
    yes || default == Verdict::Rejected.as_str() || options.contains(&default)
}
