//! What is known about a value before anything runs: the shape the catalog gives it.

use std::rc::Rc;

use crate::workflow::expression::Step;
use crate::workflow::fields::{Field, FieldMap, FieldType};

#[derive(Clone, Debug)]
pub(super) enum Known<'a> {
    /// Nothing.
    Any,
    /// A field of the catalog.
    Field(&'a Field),
    /// An object of the catalog.
    Record(&'a FieldMap),
    /// An object we built ourselves; `true`: it may have more than these entries.
    Object(Rc<Vec<(String, Known<'a>)>>, bool),
    List(Rc<Known<'a>>),
    /// One of these, depending on the event.
    OneOf(Rc<Vec<Known<'a>>>),
}

/// A step that leads nowhere.
#[derive(Debug)]
pub(super) struct Miss {
    pub(super) why: String,
    /// What there is instead.
    pub(super) names: Vec<String>,
}

/// Where some steps lead.
#[derive(Debug)]
pub(super) struct Found<'a> {
    pub(super) known: Known<'a>,
    /// Something on the way may be null.
    pub(super) nullable: bool,
    /// Only some of the alternatives have it.
    pub(super) partly: bool,
}

impl<'a> Known<'a> {
    pub(super) fn object(entries: Vec<(String, Self)>) -> Self {
        Self::Object(Rc::new(entries), false)
    }

    pub(super) fn list(item: Self) -> Self {
        Self::List(Rc::new(item))
    }

    pub(super) fn one_of(mut alternatives: Vec<Self>) -> Self {
        if alternatives.len() == 1 {
            return alternatives.pop().unwrap_or(Self::Any);
        }
        if alternatives.is_empty() { Self::Any } else { Self::OneOf(Rc::new(alternatives)) }
    }

    /// Follows the steps.
    pub(super) fn follow(&self, steps: &[Step]) -> Result<Found<'a>, Miss> {
        let mut found = Found { known: self.clone(), nullable: false, partly: false };
        for step in steps {
            found = found.known.step(step).map(|next| Found {
                nullable: next.nullable || found.nullable,
                partly: next.partly || found.partly,
                known: next.known,
            })?;
        }
        found.nullable |= found.known.is_nullable();
        Ok(found)
    }

    fn is_nullable(&self) -> bool {
        matches!(self, Self::Field(field) if field.nullable)
    }

    fn step(&self, step: &Step) -> Result<Found<'a>, Miss> {
        let plain = |known| Ok(Found { known, nullable: self.is_nullable(), partly: false });
        match (self, step) {
            (Self::Any, _) => plain(Self::Any),
            (Self::OneOf(alternatives), step) => one_of_step(alternatives, step),
            (Self::Record(fields), Step::Key(key)) => match fields.get(key) {
                Some(field) => plain(Self::Field(field)),
                None => Err(no_such(key, fields.names().map(str::to_owned).collect())),
            },
            (Self::Object(entries, open), Step::Key(key)) => match entries.iter().find(|(name, _)| name == key) {
                Some((_, known)) => plain(known.clone()),
                None if *open => plain(Self::Any),
                None => Err(no_such(key, entries.iter().map(|(name, _)| name.clone()).collect())),
            },
            (Self::List(item), Step::Index(_) | Step::Each) => plain((**item).clone()),
            (Self::List(_), Step::Key(key)) => Err(is_a_list(key)),
            (Self::Record(_) | Self::Object(..), Step::Index(_)) => Err(not_a_list()),
            (Self::Record(_) | Self::Object(..), Step::Each) => plain(Self::Any),
            (Self::Field(field), step) => Self::field_step(field, step).and_then(plain),
        }
    }

    fn field_step(field: &'a Field, step: &Step) -> Result<Self, Miss> {
        match (field.ty, step) {
            (FieldType::Array, Step::Key(key)) => Err(is_a_list(key)),
            (FieldType::Array, Step::Index(_) | Step::Each) => {
                Ok(field.items.as_deref().map_or(Self::Any, Self::Field))
            }
            (FieldType::Object | FieldType::Filter, _) if field.fields.is_empty() => Ok(Self::Any),
            (FieldType::Object, Step::Key(key)) => field
                .fields
                .get(key)
                .map(Self::Field)
                .ok_or_else(|| no_such(key, field.fields.names().map(str::to_owned).collect())),
            (FieldType::Object | FieldType::Filter, _) => Err(not_a_list()),
            (
                FieldType::String
                | FieldType::Int
                | FieldType::Number
                | FieldType::Boolean
                | FieldType::Date
                | FieldType::DateTime
                | FieldType::Duration
                | FieldType::Enum
                | FieldType::Id
                | FieldType::Recipient,
                _,
            ) => Err(Miss { why: "the value before it is a plain value without parts".to_owned(), names: Vec::new() }),
        }
    }

    /// The type, when it is one plain field.
    pub(super) fn field_type(&self) -> Option<FieldType> {
        match self {
            Self::Field(field) => Some(field.ty),
            Self::Record(_) | Self::Object(..) => Some(FieldType::Object),
            Self::List(_) => Some(FieldType::Array),
            Self::Any | Self::OneOf(_) => None,
        }
    }

    /// The element, when it is a list.
    pub(super) fn element(&self) -> Self {
        self.step(&Step::Each).map_or(Self::Any, |found| found.known)
    }

    /// Whether an object has an entry that can stand for it in a text.
    pub(super) fn has_words(&self) -> bool {
        ["description", "name", "title"].iter().any(|key| {
            let step = Step::Key((*key).to_owned());
            self.step(&step).is_ok()
        })
    }
}

fn one_of_step<'a>(alternatives: &[Known<'a>], step: &Step) -> Result<Found<'a>, Miss> {
    let mut reached = Vec::new();
    let mut missed = Vec::new();
    let mut nullable = false;
    let mut partly = false;
    for alternative in alternatives {
        match alternative.step(step) {
            Ok(next) => {
                nullable |= next.nullable;
                partly |= next.partly;
                reached.push(next.known);
            }
            Err(miss) => missed.push(miss),
        }
    }
    if reached.is_empty() {
        return Err(missed.pop().unwrap_or_else(not_a_list));
    }
    partly |= !missed.is_empty();
    Ok(Found { known: Known::one_of(reached), nullable, partly })
}

fn no_such(key: &str, names: Vec<String>) -> Miss {
    Miss { why: format!("there is no `{key}`"), names }
}

fn is_a_list(key: &str) -> Miss {
    Miss { why: format!("`{key}` is asked of a list; take an element first, as in [0]"), names: Vec::new() }
}

fn not_a_list() -> Miss {
    Miss { why: "an element is asked of something that is not a list".to_owned(), names: Vec::new() }
}
