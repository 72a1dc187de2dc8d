//! JSON from outside, read strictly: what two readers could understand differently, and what no reader should have to
//! hold, is refused with the place where it stands.
//!
//! RFC 8259 leaves it open what an object with the same name twice means; I-JSON (RFC 7493 §2.3) forbids it, and so do
//! we: a proxy that checks the first and a server that acts on the last would be a hole. The character U+0000 is legal
//! JSON, but no column of PostgreSQL can hold it.

use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Number, Value};

use super::pointer::escape;

/// Deepest nesting: a definition may have 64 levels of its own, and stands in an envelope.
pub const MAX_DEPTH: usize = 80;
/// Values (objects, lists, texts, numbers …) of one document.
pub const MAX_VALUES: usize = 100_000;

/// Why a document is refused before anybody looks at its shape.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum JsonFault {
    /// Not JSON; the text says where.
    #[error("{0}")]
    Malformed(String),
    /// JSON, but not acceptable.
    #[error("{pointer} {message}")]
    Refused {
        /// RFC 6901 pointer of the place.
        pointer: String,
        /// What is wrong there.
        message: String,
    },
    /// Nested deeper than [`MAX_DEPTH`].
    #[error("{pointer} is nested deeper than {MAX_DEPTH} levels")]
    TooDeep {
        /// RFC 6901 pointer of the first place that is.
        pointer: String,
    },
}

/// Reads one JSON document.
///
/// # Errors
/// See [`JsonFault`].
pub fn read(bytes: &[u8]) -> Result<Value, JsonFault> {
    let mut place = Place::default();
    let mut deserializer = serde_json::Deserializer::from_slice(bytes);
    let read = Reader(&mut place).deserialize(&mut deserializer).and_then(|value| {
        deserializer.end()?;
        Ok(value)
    });
    match (read, place.refused) {
        (_, Some(fault)) => Err(fault),
        (Ok(value), None) => Ok(value),
        (Err(error), None) => Err(JsonFault::Malformed(error.to_string())),
    }
}

/// Where the reader stands.
#[derive(Default)]
struct Place {
    pointer: String,
    depth: usize,
    values: usize,
    refused: Option<JsonFault>,
}

impl Place {
    fn refuse<E: serde::de::Error>(&mut self, message: impl Into<String>) -> E {
        let pointer = self.pointer.clone();
        self.fail(JsonFault::Refused { pointer, message: message.into() })
    }

    /// The first fault is the one that is told.
    fn fail<E: serde::de::Error>(&mut self, fault: JsonFault) -> E {
        let error = E::custom(&fault);
        self.refused.get_or_insert(fault);
        error
    }

    /// Runs `read` one level deeper, at `segment`.
    fn within<T, E: serde::de::Error>(
        &mut self,
        segment: &str,
        read: impl FnOnce(&mut Self) -> Result<T, E>,
    ) -> Result<T, E> {
        let length = self.pointer.len();
        self.pointer.push_str(segment);
        self.depth += 1;
        let result = read(self);
        self.depth -= 1;
        self.pointer.truncate(length);
        result
    }

    fn text<E: serde::de::Error>(&mut self, text: &str) -> Result<(), E> {
        if text.contains('\0') { Err(self.refuse("must not hold the character U+0000")) } else { Ok(()) }
    }
}

struct Reader<'p>(&'p mut Place);

impl<'de> DeserializeSeed<'de> for Reader<'_> {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        self.0.values += 1;
        if self.0.values > MAX_VALUES {
            return Err(self.0.refuse(format!("the document holds more than {MAX_VALUES} values")));
        }
        if self.0.depth > MAX_DEPTH {
            let pointer = self.0.pointer.clone();
            return Err(self.0.fail(JsonFault::TooDeep { pointer }));
        }
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Reader<'_> {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(Value::Number(value.into()))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(Value::Number(value.into()))
    }

    fn visit_f64<E: serde::de::Error>(self, value: f64) -> Result<Value, E> {
        Number::from_f64(value).map(Value::Number).ok_or_else(|| E::custom("the number is out of range"))
    }

    fn visit_str<E: serde::de::Error>(self, value: &str) -> Result<Value, E> {
        self.0.text(value)?;
        Ok(Value::String(value.to_owned()))
    }

    fn visit_string<E: serde::de::Error>(self, value: String) -> Result<Value, E> {
        self.0.text(&value)?;
        Ok(Value::String(value))
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value, A::Error> {
        let mut list = Vec::new();
        loop {
            let at = format!("/{}", list.len());
            let next = self.0.within(&at, |place| items.next_element_seed(Reader(place)))?;
            let Some(item) = next else { return Ok(Value::Array(list)) };
            list.push(item);
        }
    }

    fn visit_map<A: MapAccess<'de>>(self, mut fields: A) -> Result<Value, A::Error> {
        let mut object = Map::new();
        while let Some(key) = fields.next_key::<String>()? {
            let at = format!("/{}", escape(&key));
            if key.contains('\0') {
                return Err(self.0.refuse("a name must not hold the character U+0000"));
            }
            if object.contains_key(&key) {
                return self.0.within(&at, |place| Err(place.refuse("stands twice in its object")));
            }
            let value = self.0.within(&at, |place| fields.next_value_seed(Reader(place)))?;
            object.insert(key, value);
        }
        Ok(Value::Object(object))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(text: &str) -> (String, String) {
        match read(text.as_bytes()) {
            Err(JsonFault::Refused { pointer, message }) => (pointer, message),
            other => panic!("{text}: {other:?}"),
        }
    }

    #[test]
    fn reads_what_serde_json_reads() {
        for text in [
            "null",
            r#"{"b":1,"a":[true,-2,3.5,"é\n"],"":{"~/":{}}}"#,
            "[18446744073709551615,-9223372036854775808,1e3]",
        ] {
            assert_eq!(read(text.as_bytes()).unwrap(), serde_json::from_str::<Value>(text).unwrap());
        }
        let order = read(br#"{"z":1,"a":2}"#).unwrap();
        assert_eq!(order.to_string(), r#"{"z":1,"a":2}"#, "the order of names is kept");
    }

    #[test]
    fn a_name_that_stands_twice_is_named() {
        assert_eq!(refused(r#"{"a":1,"a":1}"#).0, "/a");
        assert_eq!(refused(r#"{"a":[{"x/y":1,"x/y":2}]}"#).0, "/a/0/x~1y");
        assert_eq!(refused(r#"{"a":1,"\u0061":2}"#).0, "/a", "however it is written");
        assert!(read(br#"{"a":{"a":1},"b":{"a":1}}"#).is_ok());
    }

    #[test]
    fn depth_and_number_of_values_are_bounded() {
        let nested = |levels: usize| format!("{}1{}", "[".repeat(levels), "]".repeat(levels));
        assert!(read(nested(MAX_DEPTH).as_bytes()).is_ok());
        let pointer = "/0".repeat(MAX_DEPTH + 1);
        assert_eq!(read(nested(MAX_DEPTH + 1).as_bytes()), Err(JsonFault::TooDeep { pointer }));
        let many = |count: usize| format!("[{}]", vec!["1"; count].join(","));
        assert!(read(many(MAX_VALUES - 1).as_bytes()).is_ok());
        assert!(refused(&many(MAX_VALUES)).1.contains("100000 values"));
    }

    #[test]
    fn the_character_no_column_can_hold_is_refused() {
        assert_eq!(refused(r#"{"a":["x","\u0000"]}"#).0, "/a/1");
        assert_eq!(refused(r#"{"a":{"b\u0000":1}}"#).0, "/a");
    }

    #[test]
    fn what_is_no_json_says_where() {
        for text in ["", "{", "{\"a\":}", "[1,]", "1 2", "\u{feff}{}", "{\"a\":1e999}", "\"\\ud800\"", "NaN"] {
            assert!(matches!(read(text.as_bytes()), Err(JsonFault::Malformed(_))), "{text}");
        }
        assert!(matches!(read(b"\"\xff\""), Err(JsonFault::Malformed(_))));
    }
}
