//! Sample data: what `serve --demo` and every test start from. The data is in `knowledge/demo`; times in it are counted
//! from the moment of seeding.

use std::str::FromStr;

use anyhow::{Context, anyhow};
use chrono::{DateTime, Datelike, Days, NaiveTime, SecondsFormat, TimeDelta, TimeZone, Utc};
use rust_embed::RustEmbed;
use serde::Deserialize;
use serde_json::{Map, Value};

use crate::execution::connectors::filter::FilterMoment;
use crate::execution::connectors::live;
use crate::model::tenant::{Store, StoreHours, Tenant};
use crate::model::user::{SystemRole, User};
use crate::model::{StoreId, TenantId, UserId};
use crate::store::seed::Seed;
use crate::store::{Database, Record};

#[derive(RustEmbed)]
#[folder = "knowledge/demo"]
struct Files;

/// The tenant whose system of record the entity files fill, and whose people may move the engine's clock.
pub(super) const MAIN: &str = "lakeside-toyota";

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Tenants {
    password_hash: String,
    tenants: Vec<DemoTenant>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct DemoTenant {
    slug: String,
    name: String,
    stores: Vec<DemoStore>,
    users: Vec<DemoUser>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct DemoStore {
    id: StoreId,
    name: String,
    timezone: chrono_tz::Tz,
    state: String,
    phone: String,
    address: String,
    website: String,
    price_disclosure: String,
    hours: StoreHours,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct DemoUser {
    email: String,
    name: String,
    role: SystemRole,
    job_roles: Vec<String>,
    teams: Vec<String>,
    stores: Vec<StoreId>,
    employee_id: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct EntityFile {
    entity: String,
    defaults: Map<String, Value>,
    records: Vec<Map<String, Value>>,
}

/// Puts the sample tenants into a database that does not have them; otherwise does nothing.
///
/// # Errors
/// When the shipped data cannot be read or the database refuses it.
pub async fn seed(db: &Database, now: DateTime<Utc>) -> anyhow::Result<()> {
    if db.has_tenant(MAIN).await? {
        return Ok(());
    }
    db.insert_seeds(&seeds(now)?, now).await.context("the sample data cannot be stored")?;
    tracing::info!(tenant = MAIN, "sample data is in place");
    Ok(())
}

/// The sample tenants as they are at `now`.
///
/// # Errors
/// When the shipped data cannot be read.
pub fn seeds(now: DateTime<Utc>) -> anyhow::Result<Vec<Seed>> {
    let file: Tenants = read("tenants.yaml")?;
    file.tenants.into_iter().map(|tenant| assemble(tenant, &file.password_hash, now)).collect()
}

fn assemble(demo: DemoTenant, password_hash: &str, now: DateTime<Utc>) -> anyhow::Result<Seed> {
    let id = TenantId::derive(&demo.slug);
    let stores: Vec<Store> = demo.stores.into_iter().map(|store| store.of(&id)).collect();
    let users = demo.users.into_iter().map(|user| user.of(&id, now)).collect();
    let mut records = Vec::new();
    if demo.slug == MAIN {
        for name in Files::iter().filter(|name| name.as_ref() != "tenants.yaml") {
            let file: EntityFile = read(&name)?;
            records.extend(entity_records(&file, &stores, now).with_context(|| format!("{name} cannot be read"))?);
        }
    }
    let tenant = Tenant { id, slug: demo.slug, name: demo.name, created_at: now };
    Ok(Seed { tenant, stores, users, password_hash: password_hash.to_owned(), records })
}

fn read<T: for<'de> Deserialize<'de>>(name: &str) -> anyhow::Result<T> {
    let file = Files::get(name).ok_or_else(|| anyhow!("{name} is not shipped"))?;
    let text = std::str::from_utf8(&file.data)?;
    serde_saphyr::from_str(text).with_context(|| format!("{name} cannot be read"))
}

impl DemoStore {
    fn of(self, tenant: &TenantId) -> Store {
        Store {
            id: self.id,
            tenant_id: tenant.clone(),
            name: self.name,
            timezone: self.timezone,
            state: self.state,
            phone: self.phone,
            address: self.address,
            website: self.website,
            price_disclosure: self.price_disclosure,
            hours: self.hours,
        }
    }
}

impl DemoUser {
    fn of(self, tenant: &TenantId, now: DateTime<Utc>) -> User {
        User {
            id: UserId::derive(&self.email),
            tenant_id: tenant.clone(),
            email: self.email,
            name: self.name,
            role: self.role,
            job_roles: self.job_roles,
            teams: self.teams,
            stores: self.stores,
            employee_id: self.employee_id,
            active: true,
            created_at: now,
        }
    }
}

fn entity_records(file: &EntityFile, stores: &[Store], now: DateTime<Utc>) -> anyhow::Result<Vec<Record>> {
    let mut records = Vec::with_capacity(file.records.len());
    for row in &file.records {
        let store = row.get("store").and_then(Value::as_str).context("a record names no store")?;
        let store = stores.iter().find(|s| s.id.as_str() == store).context("a record names an unknown store")?;
        let moment = Moment { now, store };
        let mut data = Map::new();
        for (field, value) in row.iter().filter(|(field, _)| *field != "store") {
            data.insert(field.clone(), moment.resolve(value)?);
        }
        for (field, value) in &file.defaults {
            if !data.contains_key(field) {
                data.insert(field.clone(), value.clone());
            }
        }
        let id = data.get("id").and_then(Value::as_str).context("a record has no id")?.to_owned();
        let store_id = store.id.to_string();
        let mut data = Value::Object(data);
        live::anchor(&file.entity, &mut data, &FilterMoment { now, zone: store.timezone });
        records.push(Record { entity: file.entity.clone(), id, store_id, data, version: 1 });
    }
    Ok(records)
}

/// When and where a time of the data is read.
struct Moment<'a> {
    now: DateTime<Utc>,
    store: &'a Store,
}

impl Moment<'_> {
    fn resolve(&self, value: &Value) -> anyhow::Result<Value> {
        Ok(match value {
            Value::String(text) => match text.strip_prefix('@') {
                Some(token) => Value::String(self.time(token).with_context(|| format!("`{text}` is no time"))?),
                None => value.clone(),
            },
            Value::Array(items) => Value::Array(items.iter().map(|v| self.resolve(v)).collect::<Result<_, _>>()?),
            Value::Object(fields) => {
                let fields = fields.iter().map(|(k, v)| Ok((k.clone(), self.resolve(v)?)));
                Value::Object(fields.collect::<anyhow::Result<_>>()?)
            }
            Value::Null | Value::Bool(_) | Value::Number(_) => value.clone(),
        })
    }

    /// `date-30` and `on+2` give a local date (`on` moves to a day the store is open), `day+2 10:00` a local time on
    /// such a day, `-3d4h` an instant.
    fn time(&self, token: &str) -> anyhow::Result<String> {
        let zone = self.store.timezone;
        let today = self.now.with_timezone(&zone).date_naive();
        if let Some(days) = token.strip_prefix("date") {
            let day = today.checked_add_signed(TimeDelta::days(i64::from_str(days)?)).context("out of range")?;
            return Ok(day.to_string());
        }
        if let Some(days) = token.strip_prefix("on") {
            return Ok(self.open_day(today, i64::from_str(days)?)?.to_string());
        }
        if let Some((days, time)) = token.strip_prefix("day").and_then(|rest| rest.split_once(' ')) {
            let day = self.open_day(today, i64::from_str(days)?)?;
            let time = NaiveTime::parse_from_str(time, "%H:%M")?;
            let at = zone.from_local_datetime(&day.and_time(time)).earliest().context("not a local time")?;
            return Ok(at.to_utc().to_rfc3339_opts(SecondsFormat::Secs, true));
        }
        let at = self.now + offset(token)?;
        Ok(at.to_rfc3339_opts(SecondsFormat::Secs, true))
    }

    /// The day, or the next one on which sales is open.
    fn open_day(&self, today: chrono::NaiveDate, days: i64) -> anyhow::Result<chrono::NaiveDate> {
        let mut day = today.checked_add_signed(TimeDelta::days(days)).context("out of range")?;
        let week = self.store.hours.departments.get("sales");
        let open = |day: chrono::NaiveDate| {
            week.is_none_or(|w| w[day.weekday().num_days_from_sunday() as usize].is_some())
                && !self.store.hours.closed_on.contains(&day)
        };
        for _ in 0..7 {
            if open(day) {
                break;
            }
            day = day.checked_add_days(Days::new(1)).context("out of range")?;
        }
        Ok(day)
    }
}

/// `-3d4h` as a span of time.
fn offset(token: &str) -> anyhow::Result<TimeDelta> {
    let (sign, rest) = match token.split_at_checked(1) {
        Some(("-", rest)) => (-1, rest),
        Some(("+", rest)) => (1, rest),
        _ => return Err(anyhow!("a sign is missing")),
    };
    let mut total = TimeDelta::zero();
    for part in rest.split_inclusive(|c: char| c.is_ascii_alphabetic()) {
        let (count, unit) = part.split_at_checked(part.len() - 1).context("empty")?;
        let count = i64::from_str(count)?;
        total += match unit {
            "d" => TimeDelta::days(count),
            "h" => TimeDelta::hours(count),
            "m" => TimeDelta::minutes(count),
            _ => return Err(anyhow!("`{unit}` is no unit")),
        };
    }
    Ok(total * sign)
}
