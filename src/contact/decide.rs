//! The decision.

use chrono::{DateTime, Days, Months, NaiveDate, TimeDelta, Utc};
use chrono_tz::Tz;

use super::consent::{Cell, Channel, OnFile, Purpose};
use super::hours::{Place, instant};
use super::reason::{Basis, Reason};
use super::rules::Rules;

/// Somebody wants to contact a person.
#[derive(Debug, Clone)]
pub struct ContactRequest<'a> {
    /// When.
    pub now: DateTime<Utc>,
    /// How.
    pub channel: Channel,
    /// What for.
    pub purpose: Purpose,
    /// What is on file for the channel.
    pub on_file: OnFile,
    /// Whether there is a number or address to use.
    pub has_address: bool,
    /// Where the person may be; every place's hours hold.
    pub places: &'a [Place],
    /// Whether the customer just wrote: then this is a reply inside their conversation.
    pub in_conversation: bool,
    /// Their last inquiry.
    pub last_inquiry: Option<DateTime<Utc>>,
    /// Their last purchase or service visit.
    pub last_business: Option<DateTime<Utc>>,
    /// Whether a do-not-call list has the number; `None` when nobody looked.
    pub dnc_listed: Option<bool>,
    /// What went out to them lately, over all workflows.
    pub history: &'a [Attempt],
    /// Zone of the store that contacts.
    pub store_zone: Tz,
    /// Local dates on which that store is closed.
    pub store_closed: &'a [NaiveDate],
}

/// Something that went out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attempt {
    /// When.
    pub at: DateTime<Utc>,
    /// How.
    pub channel: Channel,
    /// What for.
    pub purpose: Purpose,
    /// Whether it was about the subject now at hand; replies inside a conversation are about none.
    pub same_subject: bool,
}

/// What the law and the policy say.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// Go ahead.
    Allow {
        /// Why it is allowed.
        basis: Basis,
    },
    /// Not now.
    Defer {
        /// When to ask again.
        until: DateTime<Utc>,
        /// Why.
        reason: Reason,
    },
    /// Not at all.
    Block {
        /// Why.
        reason: Reason,
    },
}

/// Decides. Deterministic: the same request always gets the same answer.
#[must_use]
pub fn decide(rules: &Rules, request: &ContactRequest<'_>) -> Verdict {
    if !request.has_address {
        return Verdict::Block { reason: Reason::NoAddress };
    }
    let basis = match consent(rules, request) {
        Ok(basis) => basis,
        Err(reason) => return Verdict::Block { reason },
    };
    match timing(rules, request) {
        None => Verdict::Allow { basis },
        Some(verdict) => verdict,
    }
}

fn consent(rules: &Rules, request: &ContactRequest<'_>) -> Result<Basis, Reason> {
    let consent = &rules.consent;
    let now = request.now;
    let scrubbed = || match request.dnc_listed {
        Some(false) => Ok(Basis::DncScrubbed),
        Some(true) => Err(Reason::DncListed),
        None => Err(Reason::DncNotScrubbed),
    };
    let within = |at: Option<DateTime<Utc>>, months: u32| {
        at.and_then(|at| at.checked_add_months(Months::new(months))).is_some_and(|end| now <= end)
    };
    match consent.cell(request.channel, request.purpose, request.on_file) {
        Cell::Send => Ok(allowed_by(request)),
        Cell::SendWithFooter => Ok(Basis::NotUnsubscribed),
        Cell::Block => Err(blocked_by(request)),
        Cell::WithinInquiry => match request.on_file {
            OnFile::Given(since) if now - since <= TimeDelta::days(consent.inquiry_days) => Ok(Basis::Inquiry),
            OnFile::Given(_) => Err(Reason::InquiryExpired),
            OnFile::Nothing | OnFile::Written | OnFile::RevokedMarketing | OnFile::RevokedAll => {
                Err(Reason::ConsentMissing)
            }
        },
        Cell::WithinInquiryCall => {
            if within(request.last_inquiry, consent.inquiry_call_months) {
                Ok(Basis::Inquiry)
            } else {
                scrubbed()
            }
        }
        Cell::DncScrub => scrubbed(),
        Cell::DncScrubUnlessEbr => {
            if within(request.last_business, consent.business_relationship_months) {
                Ok(Basis::BusinessRelationship)
            } else {
                scrubbed()
            }
        }
    }
}

const fn allowed_by(request: &ContactRequest<'_>) -> Basis {
    match (request.purpose, request.on_file) {
        (Purpose::Transactional, _) => Basis::AskedFor,
        (_, OnFile::Written) => Basis::WrittenConsent,
        (_, OnFile::Nothing) => Basis::NotUnsubscribed,
        (_, OnFile::Given(_) | OnFile::RevokedMarketing | OnFile::RevokedAll) => Basis::Inquiry,
    }
}

const fn blocked_by(request: &ContactRequest<'_>) -> Reason {
    match (request.on_file, request.purpose) {
        (OnFile::RevokedAll, _) => Reason::OptedOut,
        (OnFile::RevokedMarketing, _) => Reason::MarketingOptedOut,
        (OnFile::Given(_), Purpose::Marketing) => Reason::WrittenConsentMissing,
        (OnFile::Given(_) | OnFile::Nothing | OnFile::Written, _) => Reason::ConsentMissing,
    }
}

/// Caps first (a capped marketing text is blocked at any hour), then the hours of what is left.
fn timing(rules: &Rules, request: &ContactRequest<'_>) -> Option<Verdict> {
    let mut wait = None;
    if request.purpose == Purpose::Marketing && request.channel == Channel::Sms {
        let caps = &rules.caps.marketing_texts;
        let texts = |days| {
            let since = request.now - TimeDelta::days(days);
            let counts = |a: &&Attempt| a.at > since && a.channel == Channel::Sms && a.purpose == Purpose::Marketing;
            request.history.iter().filter(counts).count()
        };
        if texts(7) >= caps.per_7_days {
            return Some(Verdict::Block { reason: Reason::MarketingWeeklyCap });
        }
        if texts(30) >= caps.per_30_days {
            return Some(Verdict::Block { reason: Reason::MarketingMonthlyCap });
        }
    }
    if let Some(free) = attempts_free_at(rules, request) {
        if request.purpose == Purpose::Marketing {
            return Some(Verdict::Block { reason: Reason::AttemptCap });
        }
        wait = Some((free, Reason::AttemptCap));
    }
    let start = wait.map_or(request.now, |(at, _)| at);
    if let Some(later) = permitted_at(rules, request, start) {
        wait = match (later, wait) {
            ((at, reason), None) => Some((at, reason)),
            ((at, _), Some((_, first))) => Some((at, first)),
        };
    }
    wait.map(|(until, reason)| Verdict::Defer { until, reason })
}

/// When the attempt cap allows another one; `None` when it allows it now.
fn attempts_free_at(rules: &Rules, request: &ContactRequest<'_>) -> Option<DateTime<Utc>> {
    let cap = &rules.caps.attempts;
    if request.in_conversation || !cap.channels.contains(&request.channel) {
        return None;
    }
    let span = TimeDelta::hours(cap.hours);
    let since = request.now - span;
    let counts = |a: &&Attempt| a.same_subject && a.at > since && cap.channels.contains(&a.channel);
    let mut recent: Vec<DateTime<Utc>> = request.history.iter().filter(counts).map(|a| a.at).collect();
    recent.sort_unstable();
    let surplus = (recent.len() + 1).checked_sub(cap.count).filter(|surplus| *surplus > 0)?;
    recent.get(surplus - 1).map(|at| *at + span)
}

/// When hours and closed days allow it, if not at `start`.
fn permitted_at(rules: &Rules, request: &ContactRequest<'_>, start: DateTime<Utc>) -> Option<(DateTime<Utc>, Reason)> {
    let hours_hold = match request.channel {
        Channel::Email => false,
        Channel::Sms | Channel::Phone => !(request.in_conversation && request.purpose == Purpose::Transactional),
    };
    let mut moment = start;
    let mut reason = None;
    for _ in 0..60 {
        let before = moment;
        if hours_hold && let Some(next) = rules.hours.next_permitted(request.places, moment).filter(|n| *n > moment) {
            moment = next;
            reason = reason.or(Some(Reason::QuietHours));
        }
        let day = moment.with_timezone(&request.store_zone).date_naive();
        if request.purpose == Purpose::Marketing && request.store_closed.contains(&day) {
            moment = instant(request.store_zone, day.checked_add_days(Days::new(1)).unwrap_or(day), 8);
            reason = reason.or(Some(Reason::StoreClosed));
        }
        if moment == before {
            break;
        }
    }
    reason.map(|reason| (moment, reason))
}
