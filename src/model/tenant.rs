//! Dealer groups and their stores.

use std::collections::BTreeMap;

use chrono::{DateTime, NaiveDate, NaiveTime, Utc};
use serde::{Deserialize, Serialize};

use super::{StoreId, TenantId};

/// A dealer group.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Tenant {
    /// Its id.
    pub id: TenantId,
    /// `document.namespace` of its definitions.
    pub slug: String,
    /// Its name as people write it.
    pub name: String,
    /// When it was made.
    pub created_at: DateTime<Utc>,
}

/// A rooftop of a tenant.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Store {
    /// Slug, as in `metadata.stores` and in `store_id` of events.
    pub id: StoreId,
    /// Its tenant.
    pub tenant_id: TenantId,
    /// What texts call it.
    pub name: String,
    /// IANA zone; cron, quiet hours and calendar durations are read in it.
    #[schema(value_type = String)]
    pub timezone: chrono_tz::Tz,
    /// Two-letter US state.
    pub state: String,
    /// Public telephone number.
    pub phone: String,
    /// Postal address (CAN-SPAM footer).
    pub address: String,
    /// Public web site.
    pub website: String,
    /// The sentence that goes beside an advertised price.
    pub price_disclosure: String,
    /// When each department is open.
    pub hours: StoreHours,
}

/// Opening hours by department (`sales`, `service`, `parts`, `finance` …), with closed days.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, utoipa::ToSchema)]
pub struct StoreHours {
    /// Department → seven entries, Sunday first; `None` is closed.
    #[schema(value_type = Object)]
    pub departments: BTreeMap<String, [Option<OpenHours>; 7]>,
    /// Local dates on which the whole store is closed.
    pub closed_on: Vec<NaiveDate>,
}

/// Local opening and closing time of one day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct OpenHours {
    /// First moment open.
    #[schema(value_type = String, example = "09:00:00")]
    pub opens: NaiveTime,
    /// First moment closed again.
    #[schema(value_type = String, example = "20:00:00")]
    pub closes: NaiveTime,
}
