//! Values in a message: lengths of time, clock times, calendars, amounts, people.

pub mod cadence;
pub mod clock;
pub mod compare;
pub mod duration;
pub mod people;

/// A value and the tokens it was read from.
#[derive(Debug, Clone, PartialEq)]
pub struct Spanned<T> {
    /// The value.
    pub value: T,
    /// First token.
    pub from: usize,
    /// After the last token.
    pub to: usize,
}
