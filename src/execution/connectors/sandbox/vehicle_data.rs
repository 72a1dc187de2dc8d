//! Facts about a vehicle by its VIN.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use chrono::Datelike;
use serde::Deserialize;
use serde_json::{Value, json};

use super::act::Act;
use super::refused;
use crate::execution::connectors::CallError;
use crate::store::Lookup;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Facts {
    makes: BTreeMap<String, String>,
    recalls: Vec<Recall>,
    new_values: BTreeMap<String, f64>,
    default_new_value: f64,
    yearly_loss: f64,
    miles_a_year: f64,
    loss_a_mile: f64,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Recall {
    campaign_number: String,
    title: String,
    make: String,
    model: String,
    from: i32,
    to: i32,
    remedy_available: bool,
    stop_sale: bool,
}

static FACTS: LazyLock<Result<Facts, String>> = LazyLock::new(|| {
    serde_saphyr::from_str(include_str!("../../../../knowledge/sandbox/vehicles.yaml")).map_err(|e| e.to_string())
});

fn facts() -> Result<&'static Facts, CallError> {
    FACTS.as_ref().map_err(|error| refused(500, "Vehicle facts", error.clone()))
}

/// Whether the check digit of a 17-character VIN is right.
pub(super) fn is_valid(vin: &str) -> bool {
    const WEIGHTS: [u32; 17] = [8, 7, 6, 5, 4, 3, 2, 10, 0, 9, 8, 7, 6, 5, 4, 3, 2];
    let vin = vin.to_ascii_uppercase();
    if vin.len() != 17 {
        return false;
    }
    let mut sum = 0;
    for (letter, weight) in vin.chars().zip(WEIGHTS) {
        let Some(value) = letter_value(letter) else { return false };
        sum += value * weight;
    }
    let expected = if sum % 11 == 10 { 'X' } else { char::from_digit(sum % 11, 10).unwrap_or('0') };
    vin.chars().nth(8) == Some(expected)
}

/// ISO 3779: I, O and Q do not occur.
fn letter_value(letter: char) -> Option<u32> {
    Some(match letter {
        '0'..='9' => letter.to_digit(10)?,
        'A' | 'J' => 1,
        'B' | 'K' | 'S' => 2,
        'C' | 'L' | 'T' => 3,
        'D' | 'M' | 'U' => 4,
        'E' | 'N' | 'V' => 5,
        'F' | 'W' => 6,
        'G' | 'P' | 'X' => 7,
        'H' | 'Y' => 8,
        'R' | 'Z' => 9,
        _ => return None,
    })
}

/// The model year of the tenth character. Letters repeat every thirty years; a letter in seventh place says 2010 or
/// later, and a year that lies ahead means the earlier round.
fn model_year(vin: &str, this_year: i32) -> Option<i32> {
    const CODES: &str = "ABCDEFGHJKLMNPRSTVWXY123456789";
    let code = vin.chars().nth(9)?.to_ascii_uppercase();
    let place = i32::try_from(CODES.find(code)?).ok()?;
    let newer = vin.chars().nth(6)?.is_ascii_alphabetic();
    let year = if newer || code.is_ascii_alphabetic() { 2010 + place } else { 1980 + place };
    Some(if year > this_year + 1 { year - 30 } else { year })
}

/// What a VIN and our records say.
struct Known {
    year: Option<i32>,
    make: Option<String>,
    record: Option<Value>,
}

async fn known(act: &Act<'_>, vin: &str) -> Result<Known, CallError> {
    let stocked = act.db().list_records_by(&act.call.tenant, "vehicle", (Lookup::Vin, vin), 1).await?;
    let mut record = stocked.into_iter().next().map(|r| r.data);
    if record.is_none() {
        let serviced = act.db().list_records_by(&act.call.tenant, "repair_order", (Lookup::Vin, vin), 1).await?;
        record = serviced.into_iter().next().map(|r| r.data["vehicle"].clone());
    }
    let facts = facts()?;
    let wmi = vin.get(..3).unwrap_or_default().to_ascii_uppercase();
    let from_record = |field: &str| record.as_ref().and_then(|r| r[field].as_str()).map(str::to_owned);
    let year = record.as_ref().and_then(|r| r["year"].as_i64()).and_then(|year| i32::try_from(year).ok());
    Ok(Known {
        year: year.or_else(|| model_year(vin, act.call.now.year())),
        make: from_record("make").or_else(|| facts.makes.get(&wmi).cloned()),
        record,
    })
}

pub(super) async fn decode_vin(act: &mut Act<'_>) -> Result<Value, CallError> {
    let vin = act.required("vin")?;
    if !is_valid(vin) {
        let nothing = json!({
            "valid": false, "year": null, "make": null, "model": null, "trim": null, "engine": null, "plant": null,
        });
        return Ok(nothing);
    }
    let known = known(act, vin).await?;
    let get = |field: &str| known.record.as_ref().map_or(Value::Null, |record| record[field].clone());
    Ok(json!({
        "valid": true, "year": known.year, "make": known.make, "model": get("model"), "trim": get("trim"),
        "engine": null, "plant": vin.chars().nth(10).map(String::from),
    }))
}

pub(super) async fn check_recalls(act: &mut Act<'_>) -> Result<Value, CallError> {
    let known = known(act, act.required("vin")?).await?;
    let model = known.record.as_ref().and_then(|record| record["model"].as_str()).unwrap_or_default();
    let concerns = |recall: &&Recall| {
        Some(&recall.make) == known.make.as_ref()
            && recall.model == model
            && known.year.is_some_and(|year| (recall.from..=recall.to).contains(&year))
    };
    let open: Vec<Value> = facts()?
        .recalls
        .iter()
        .filter(concerns)
        .map(|recall| {
            json!({
                "campaign_number": recall.campaign_number, "title": recall.title,
                "remedy_available": recall.remedy_available, "stop_sale": recall.stop_sale,
            })
        })
        .collect();
    Ok(json!({ "count": open.len(), "open": open }))
}

pub(super) async fn get_vehicle_value(act: &mut Act<'_>) -> Result<Value, CallError> {
    let known = known(act, act.required("vin")?).await?;
    let facts = facts()?;
    let age = f64::from((act.call.now.year() - known.year.unwrap_or(act.call.now.year())).max(0));
    let make_value = known.make.as_ref().and_then(|make| facts.new_values.get(make)).copied();
    let market = known.record.as_ref().and_then(|r| r["market_price"].as_f64().or_else(|| r["price"].as_f64()));
    let by_age = make_value.unwrap_or(facts.default_new_value) * (1.0 - facts.yearly_loss).powf(age);
    let mut retail = market.unwrap_or(by_age);
    if let Some(miles) = act.number("odometer") {
        retail -= (miles - age * facts.miles_a_year) * facts.loss_a_mile;
    }
    retail *= match act.text("condition").unwrap_or("good") {
        "excellent" => 1.05,
        "fair" => 0.9,
        "poor" => 0.75,
        _ => 1.0,
    };
    let retail = retail.max(500.0);
    let round = |part: f64| (retail * part / 10.0).round() * 10.0;
    Ok(json!({ "wholesale": round(0.82), "trade": round(0.86), "retail": round(1.0) }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_check_digit_decides() {
        assert!(is_valid("1HGCM82633A004352"));
        assert!(is_valid("1hgcm82633a004352"));
        assert!(!is_valid("1HGCM82633A004353"));
        assert!(!is_valid("1HGCM82633A00435"));
        assert!(!is_valid("IHGCM82633A004352"));
    }

    #[test]
    fn the_tenth_character_is_the_year() {
        assert_eq!(model_year("1HGCM82633A004352", 2026), Some(2003));
        assert_eq!(model_year("2T3P1RFV1MC123456", 2026), Some(2021));
    }
}
