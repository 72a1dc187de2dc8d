//! What is known about a value before anything runs: the shape the catalog gives it, and whether it can be null here.

use std::rc::Rc;

use crate::workflow::both::{Both, both};
use crate::workflow::expression::Step;
use crate::workflow::fields::{Field, FieldMap, FieldType};

/// Name and value, in order.
type Entries<'a> = Vec<(String, Known<'a>)>;

#[derive(Clone, Debug)]
pub(super) enum Known<'a> {
    /// Nothing.
    Any,
    /// A field of the catalog.
    Field(&'a Field),
    /// An object of the catalog.
    Record(&'a FieldMap),
    /// An object we built ourselves; `true`: it may have more than these entries.
    Object(Rc<Entries<'a>>, bool),
    List(Rc<Known<'a>>),
    /// One of these, depending on the event or on the way taken.
    OneOf(Rc<Vec<Known<'a>>>),
    /// The same, and certainly not null.
    Present(Rc<Known<'a>>),
    /// The same, or null: a result that only some ways here have.
    Maybe(Rc<Known<'a>>),
}

/// A step that leads nowhere.
#[derive(Debug)]
pub(super) struct Miss {
    pub(super) why: Both,
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
    pub(super) fn object(entries: Entries<'a>) -> Self {
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

    /// The same, or null.
    pub(super) fn or_null(self) -> Self {
        match self {
            Self::Any | Self::Maybe(_) => self,
            Self::Present(inner) => Self::Maybe(inner),
            other => Self::Maybe(Rc::new(other)),
        }
    }

    /// The same, and not null.
    fn certain(self) -> Self {
        match self {
            Self::Any | Self::Present(_) => self,
            Self::Maybe(inner) => Self::Present(inner),
            other if other.is_nullable() => Self::Present(Rc::new(other)),
            other => other,
        }
    }

    /// Without the word about null.
    pub(super) fn bare(&self) -> &Self {
        match self {
            Self::Present(inner) | Self::Maybe(inner) => inner.bare(),
            other => other,
        }
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

    pub(super) fn is_nullable(&self) -> bool {
        match self {
            Self::Field(field) => field.nullable,
            Self::Maybe(_) => true,
            Self::OneOf(alternatives) => alternatives.iter().any(Self::is_nullable),
            Self::Any | Self::Record(_) | Self::Object(..) | Self::List(_) | Self::Present(_) => false,
        }
    }

    fn step(&self, step: &Step) -> Result<Found<'a>, Miss> {
        let plain = |known| Ok(Found { known, nullable: self.is_nullable(), partly: false });
        match (self, step) {
            (Self::Any, _) => plain(Self::Any),
            (Self::Present(inner) | Self::Maybe(inner), step) => {
                let nullable = matches!(self, Self::Maybe(_));
                inner.bare().step(step).map(|next| Found { nullable, ..next })
            }
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
            ) => Err(Miss {
                why: both!(
                    "the value before it is a plain value without parts",
                    "el valor anterior es un valor simple, sin partes"
                ),
                names: Vec::new(),
            }),
        }
    }

    /// The same, knowing that what the steps lead to is not null, nor anything on the way.
    #[must_use]
    pub(super) fn narrowed(&self, steps: &[Step]) -> Self {
        let Some((first, rest)) = steps.split_first() else { return self.clone().certain() };
        if let Self::OneOf(alternatives) = self.bare() {
            // an alternative that has no such thing is not the one at hand
            let left = alternatives.iter().filter(|one| one.step(first).is_ok()).map(|one| one.narrowed(steps));
            return Self::one_of(left.collect());
        }
        let Step::Key(key) = first else { return self.clone().certain() };
        let Some((mut entries, open)) = self.bare().entries() else { return self.clone().certain() };
        match entries.iter_mut().find(|(name, _)| name == key) {
            Some((_, known)) => *known = known.narrowed(rest),
            None => return self.clone().certain(),
        }
        Self::Object(Rc::new(entries), open)
    }

    /// Its entries, when it is an object whose entries are known.
    fn entries(&self) -> Option<(Entries<'a>, bool)> {
        let of =
            |fields: &'a FieldMap| fields.iter().map(|(name, field)| (name.to_owned(), Self::Field(field))).collect();
        match self {
            Self::Record(fields) => Some((of(fields), false)),
            Self::Field(field) if field.ty == FieldType::Object && !field.fields.is_empty() => {
                Some((of(&field.fields), false))
            }
            Self::Object(entries, open) => Some((entries.to_vec(), *open)),
            Self::Present(inner) | Self::Maybe(inner) => inner.entries(),
            Self::Any | Self::Field(_) | Self::List(_) | Self::OneOf(_) => None,
        }
    }

    /// What is known where two ways meet.
    #[must_use]
    pub(super) fn joined(&self, other: &Self) -> Self {
        let nullable = self.is_nullable() || other.is_nullable();
        let (left, right) = (self.bare(), other.bare());
        let core = match (left, right) {
            (Self::Any, _) | (_, Self::Any) => return Self::Any,
            _ if left.is_same(right) => left.clone(),
            (Self::List(left), Self::List(right)) => Self::list(left.joined(right)),
            _ => match (left.entries(), right.entries()) {
                (Some((left, open)), Some((right, also_open))) if alike(&left, &right) => {
                    let join =
                        |((name, left), (_, right)): ((String, Self), (String, Self))| (name, left.joined(&right));
                    Self::Object(Rc::new(left.into_iter().zip(right).map(join).collect()), open || also_open)
                }
                _ => Self::OneOf(Rc::new(vec![left.clone(), right.clone()])),
            },
        };
        match (nullable, core.is_nullable()) {
            (true, false) => core.or_null(),
            (false, true) => core.certain(),
            (true, true) | (false, false) => core,
        }
    }

    fn is_same(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Any, Self::Any) => true,
            (Self::Field(left), Self::Field(right)) => std::ptr::eq(*left, *right),
            (Self::Record(left), Self::Record(right)) => std::ptr::eq(*left, *right),
            (Self::Object(left, _), Self::Object(right, _)) => Rc::ptr_eq(left, right),
            (Self::List(left), Self::List(right)) => left.is_same(right),
            (Self::OneOf(left), Self::OneOf(right)) => {
                Rc::ptr_eq(left, right)
                    || left.len() == right.len()
                        && left.iter().zip(right.iter()).all(|(left, right)| left.is_same(right))
            }
            (Self::Present(left), Self::Present(right)) | (Self::Maybe(left), Self::Maybe(right)) => {
                left.is_same(right)
            }
            _ => false,
        }
    }

    /// The field, when it is one of the catalog.
    pub(super) fn field(&self) -> Option<&'a Field> {
        match self.bare() {
            Self::Field(field) => Some(field),
            _ => None,
        }
    }

    /// The type, when it is one.
    pub(super) fn field_type(&self) -> Option<FieldType> {
        match self.bare() {
            Self::Field(field) => Some(field.ty),
            Self::Record(_) | Self::Object(..) => Some(FieldType::Object),
            Self::List(_) => Some(FieldType::Array),
            Self::Any | Self::OneOf(_) | Self::Present(_) | Self::Maybe(_) => None,
        }
    }

    /// The element, when it is a list.
    pub(super) fn element(&self) -> Self {
        self.bare().step(&Step::Each).map_or(Self::Any, |found| found.known)
    }

    /// Whether an object has an entry that can stand for it in a text.
    pub(super) fn has_words(&self) -> bool {
        ["description", "name", "title"].iter().any(|key| {
            let step = Step::Key((*key).to_owned());
            self.step(&step).is_ok()
        })
    }
}

fn alike(left: &Entries<'_>, right: &Entries<'_>) -> bool {
    left.len() == right.len() && left.iter().zip(right).all(|((left, _), (right, _))| left == right)
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
    Miss { why: both!("there is no `{key}`", "no existe `{key}`"), names }
}

fn is_a_list(key: &str) -> Miss {
    let why = both!(
        "`{key}` is asked of a list; take an element first, as in [0]",
        "`{key}` se pide a una lista; tome primero un elemento, como en [0]"
    );
    Miss { why, names: Vec::new() }
}

fn not_a_list() -> Miss {
    let why =
        both!("an element is asked of something that is not a list", "se pide un elemento de algo que no es una lista");
    Miss { why, names: Vec::new() }
}
