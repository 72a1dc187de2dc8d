//! Who an inquiry is from: the keys of the trade are number, e-mail address and name.

use unicode_normalization::UnicodeNormalization as _;

use crate::model::TenantId;
use crate::store::{Database, Lookup, Record, StoreError};

/// Customers with one number or address looked at.
const MOST: i64 = 20;

/// How to reach somebody.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Contact {
    /// First name.
    pub first_name: String,
    /// Last name.
    pub last_name: Option<String>,
    /// Address, see [`plain_email`].
    pub email: Option<String>,
    /// Number, see [`plain_phone`].
    pub phone: Option<String>,
    /// Whether the number is a mobile one; never assumed.
    pub textable: bool,
}

/// A US number as `+1` and ten digits; `None` when it is none.
#[must_use]
pub fn plain_phone(phone: &str) -> Option<String> {
    let digits: String = phone.chars().filter(char::is_ascii_digit).collect();
    let national = if digits.len() == 11 { digits.strip_prefix('1')? } else { digits.as_str() };
    (national.len() == 10).then(|| format!("+1{national}"))
}

/// An e-mail address without blanks, in lower case.
#[must_use]
pub fn plain_email(email: &str) -> String {
    email.trim().to_lowercase()
}

/// A customer who has the inquiry's number or address.
#[derive(Debug, Clone)]
pub(super) struct Claim {
    pub(super) customer: Record,
    pub(super) by_phone: bool,
    pub(super) by_email: bool,
}

/// Whom an inquiry is from, as far as the records say.
#[derive(Debug, Clone, Default)]
pub(in crate::execution::connectors) struct Identity {
    /// The customer on file; none: somebody new.
    pub(in crate::execution::connectors) customer: Option<Record>,
    /// Other people who have the number or address.
    pub(super) others: Vec<Claim>,
}

impl Identity {
    /// What the customer gave less what is on file for somebody else: two people are never made one in silence.
    pub(super) fn own(&self, contact: &Contact) -> Contact {
        let mut own = contact.clone();
        if self.customer.is_some() {
            if self.others.iter().any(|claim| claim.by_phone) {
                own.phone = None;
                own.textable = false;
            }
            if self.others.iter().any(|claim| claim.by_email) {
                own.email = None;
            }
        }
        own
    }
}

/// Looks for the customer by e-mail address and number, on file or given in an earlier inquiry, and compares the name.
pub(in crate::execution::connectors) async fn identify(
    db: &Database,
    tenant: &TenantId,
    contact: &Contact,
) -> Result<Identity, StoreError> {
    let phone = contact.phone.as_deref();
    let mut claims: Vec<Claim> = Vec::new();
    for (lookup, value) in [(Lookup::Email, contact.email.as_deref()), (Lookup::Mobile, phone), (Lookup::Phone, phone)]
    {
        let Some(value) = value else { continue };
        let mut found = db.list_records_by(tenant, "customer", (lookup, value), MOST).await?;
        for lead in db.list_records_by(tenant, "lead", (lookup, value), MOST).await? {
            found.extend(db.find_record(tenant, "customer", lead.text("customer_id")).await?);
        }
        for customer in found {
            let by_email = lookup == Lookup::Email;
            match claims.iter_mut().find(|claim| claim.customer.id == customer.id) {
                Some(claim) => {
                    claim.by_email |= by_email;
                    claim.by_phone |= !by_email;
                }
                None => claims.push(Claim { customer, by_phone: !by_email, by_email }),
            }
        }
    }
    Ok(choose(claims, contact))
}

/// Number and address together are one person. An address alone is, when the first name agrees; a number, which
/// families share and which gets new owners, when the whole name does.
fn choose(claims: Vec<Claim>, contact: &Contact) -> Identity {
    let rank = |claim: &Claim| {
        let name = Likeness::of(contact, &claim.customer);
        let fits = match (claim.by_email, claim.by_phone) {
            (true, true) => true,
            (true, false) => name.first,
            (false, true) => name.first && name.last,
            (false, false) => false,
        };
        fits.then_some((claim.by_email && claim.by_phone, name.first && name.last, claim.by_email))
    };
    let best = claims.iter().enumerate().filter_map(|(place, claim)| Some((rank(claim)?, place)));
    let chosen = best.max_by_key(|(rank, place)| (*rank, std::cmp::Reverse(*place))).map(|(_, place)| place);
    let (mut customer, mut others) = (None, Vec::new());
    let held = chosen.map(|place| (claims[place].by_phone, claims[place].by_email)).unwrap_or_default();
    for (place, claim) in claims.into_iter().enumerate() {
        if Some(place) == chosen {
            customer = Some(claim.customer);
        } else if claim.by_phone && !held.0 || claim.by_email && !held.1 {
            others.push(claim);
        }
    }
    Identity { customer, others }
}

/// Which parts of a name agree; what one side does not say agrees.
struct Likeness {
    first: bool,
    last: bool,
}

impl Likeness {
    fn of(contact: &Contact, customer: &Record) -> Self {
        let asked = words(&format!("{} {}", contact.first_name, contact.last_name.as_deref().unwrap_or_default()));
        let known = words(customer.text("name"));
        let (Some(first), Some(known_first)) = (asked.first(), known.first()) else {
            return Self { first: true, last: true };
        };
        if asked.len() == 1 && known.contains(first) {
            return Self { first: true, last: true };
        }
        // `Dan`, `D` and `Daniel` may be one person
        let alike = first.starts_with(known_first.as_str()) || known_first.starts_with(first.as_str());
        let last = asked.len() == 1 || known.len() == 1 || asked[1..].iter().any(|word| known[1..].contains(word));
        Self { first: alike, last }
    }
}

/// The words of a name in lower case, without accents.
fn words(name: &str) -> Vec<String> {
    let folded = name.nfd().filter(|c| !('\u{300}'..='\u{36f}').contains(c)).flat_map(char::to_lowercase);
    let plain: String = folded.map(|c| if c.is_alphanumeric() { c } else { ' ' }).collect();
    plain.split_whitespace().map(str::to_owned).collect()
}
