//! JSON values in and out of jaq.

use jaq_json::{Num, Val};
use serde_json::{Number, Value};

use super::ExpressionError;
use super::meter::Scope;

/// Whole numbers up to here are exact in a double.
const EXACT: f64 = 9_007_199_254_740_992.0;

pub(super) fn to_jaq(value: &Value) -> Val {
    match value {
        Value::Null => Val::Null,
        Value::Bool(truth) => Val::Bool(*truth),
        Value::Number(number) => Val::Num(number_to_jaq(number)),
        Value::String(text) => Val::utf8_str(text.clone()),
        Value::Array(items) => items.iter().map(to_jaq).collect(),
        Value::Object(map) => {
            Val::obj(map.iter().map(|(key, item)| (Val::utf8_str(key.clone()), to_jaq(item))).collect())
        }
    }
}

fn number_to_jaq(number: &Number) -> Num {
    if let Some(whole) = number.as_i64() {
        Num::from_integral(whole)
    } else if let Some(whole) = number.as_u64() {
        Num::from_integral(whole)
    } else {
        Num::Float(number.as_f64().unwrap_or(f64::NAN))
    }
}

/// The caller has charged the value, so its size and depth are bounded.
pub(super) fn to_json(value: &Val, scope: &Scope<'_>) -> Result<Value, ExpressionError> {
    if !scope.charge_value(value) {
        return Err(ExpressionError::TooExpensive);
    }
    write(value)
}

fn write(value: &Val) -> Result<Value, ExpressionError> {
    Ok(match value {
        Val::Null => Value::Null,
        Val::Bool(truth) => Value::Bool(*truth),
        Val::Num(number) => number_to_json(number),
        Val::BStr(bytes) | Val::TStr(bytes) => Value::String(String::from_utf8_lossy(bytes).into_owned()),
        Val::Arr(items) => Value::Array(items.iter().map(write).collect::<Result<_, _>>()?),
        Val::Obj(map) => Value::Object(
            map.iter()
                .map(|(key, item)| match key {
                    Val::BStr(bytes) | Val::TStr(bytes) => {
                        Ok((String::from_utf8_lossy(bytes).into_owned(), write(item)?))
                    }
                    Val::Null | Val::Bool(_) | Val::Num(_) | Val::Arr(_) | Val::Obj(_) => Err(ExpressionError::NotJson),
                })
                .collect::<Result<_, _>>()?,
        ),
    })
}

fn number_to_json(number: &Num) -> Value {
    let float = match number {
        Num::Int(whole) => return Value::from(*whole as i64),
        Num::Float(float) => *float,
        Num::BigInt(_) | Num::Dec(_) => number.to_string().parse().unwrap_or(f64::NAN),
    };
    #[expect(clippy::cast_possible_truncation, reason = "checked to be whole and below 2^53")]
    if float.fract() == 0.0 && float.abs() < EXACT {
        return Value::from(float as i64);
    }
    Number::from_f64(float).map_or(Value::Null, Value::Number)
}
