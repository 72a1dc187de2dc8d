//! What is on file, and the table that says what it allows.

use std::collections::BTreeMap;

use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};

/// How a person is reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Channel {
    /// Text message.
    Sms,
    /// E-mail.
    Email,
    /// A call by a person.
    Phone,
}

/// What a message is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Purpose {
    /// Asked for: an appointment, the state of a repair, an open invoice.
    Transactional,
    /// An answer to an inquiry and what follows it.
    Informational,
    /// An offer.
    Marketing,
}

/// One entry of the consent file, for one channel.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConsentEntry {
    /// Which channel.
    pub channel: Channel,
    /// For what.
    pub purpose: Purpose,
    /// Granted, else revoked.
    pub granted: bool,
    /// Whether evidence of it is kept.
    pub evidence: bool,
    /// Whether it only came with an inquiry; such a grant lifts no revocation (47 CFR 64.1200(a)(10): whoever typed
    /// the number need not be its owner).
    pub inquiry: bool,
    /// The number or address it is about; `None`: the person, whatever the number.
    pub address: Option<String>,
    /// When.
    pub at: DateTime<Utc>,
}

impl ConsentEntry {
    /// Whether the entry speaks of `address`. An entry without an address that grants speaks of the one on file, one
    /// that revokes of all of them: who gave a number later has not taken a STOP back.
    #[must_use]
    pub fn is_about(&self, address: &str, on_file: bool) -> bool {
        self.address.as_deref().map_or(on_file || !self.granted, |own| own == address)
    }
}

/// What is on file for one channel.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OnFile {
    /// Nothing.
    Nothing,
    /// The customer gave the number or address, then.
    Given(DateTime<Utc>),
    /// Written consent to marketing.
    Written,
    /// Revoked for marketing.
    RevokedMarketing,
    /// Revoked for everything.
    RevokedAll,
}

impl OnFile {
    /// Reads the entries of one channel. A revocation ends what came before it. What the
    /// customer grants after it counts again; a number typed into an inquiry is no such grant.
    #[must_use]
    pub fn read(channel: Channel, entries: &[ConsentEntry]) -> Self {
        let latest = |wanted: &dyn Fn(&ConsentEntry) -> bool| {
            entries.iter().filter(|e| e.channel == channel && wanted(e)).map(|e| e.at).max()
        };
        let written = latest(&|e| e.granted && e.purpose == Purpose::Marketing && e.evidence);
        let given = latest(&|e| e.granted && (e.purpose != Purpose::Marketing || !e.evidence));
        let revoked_all = latest(&|e| !e.granted && e.purpose != Purpose::Marketing);
        let revoked_marketing = latest(&|e| !e.granted && e.purpose == Purpose::Marketing);
        let lifted = latest(&|e| e.granted && !e.inquiry);
        if revoked_all.is_some() && lifted <= revoked_all {
            Self::RevokedAll
        } else if revoked_marketing.max(revoked_all).is_some() && written <= revoked_marketing.max(revoked_all) {
            Self::RevokedMarketing
        } else if written.is_some() {
            Self::Written
        } else {
            given.map_or(Self::Nothing, Self::Given)
        }
    }

    const fn key(self) -> FileKey {
        match self {
            Self::Nothing => FileKey::Nothing,
            Self::Given(_) => FileKey::Given,
            Self::Written => FileKey::Written,
            Self::RevokedMarketing => FileKey::RevokedMarketing,
            Self::RevokedAll => FileKey::RevokedAll,
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "snake_case")]
enum FileKey {
    Nothing,
    Given,
    Written,
    RevokedMarketing,
    RevokedAll,
}

/// What a cell of the table says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Cell {
    /// Send.
    Send,
    /// Send with postal address and a way to unsubscribe.
    SendWithFooter,
    /// Nothing goes out.
    Block,
    /// Send while the message is an answer to the inquiry.
    WithinInquiry,
    /// Call within the inquiry window, else scrub.
    WithinInquiryCall,
    /// Only when no do-not-call list has the number.
    DncScrub,
    /// The same, unless there is an established business relationship.
    DncScrubUnlessEbr,
}

/// `consent.yaml`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ConsentRules {
    /// What it is.
    pub title: String,
    /// The day it was last compared with its sources.
    pub reviewed: NaiveDate,
    /// Where it comes from.
    pub sources: Vec<String>,
    /// Days for which a text answers an inquiry.
    pub inquiry_days: i64,
    /// Months for which a call about an inquiry needs no scrub.
    pub inquiry_call_months: u32,
    /// Months of an established business relationship.
    pub business_relationship_months: u32,
    table: BTreeMap<Channel, BTreeMap<Purpose, BTreeMap<FileKey, Cell>>>,
}

impl ConsentRules {
    /// The cell for this case; a hole in the table blocks.
    #[must_use]
    pub fn cell(&self, channel: Channel, purpose: Purpose, on_file: OnFile) -> Cell {
        let row = self.table.get(&channel).and_then(|purposes| purposes.get(&purpose));
        row.and_then(|row| row.get(&on_file.key())).copied().unwrap_or(Cell::Block)
    }
}
