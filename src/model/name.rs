//! Enums that have one name each: in the database, in JSON and in the log.

/// The text names no variant.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` is not one of {names:?}")]
pub struct UnknownName {
    /// What was read.
    pub text: String,
    /// What may stand there.
    pub names: &'static [&'static str],
}

/// Declares an enum of names: `as_str`, `FromStr`, serde and `OpenAPI` agree by construction.
macro_rules! named {
    ($(#[$meta:meta])* $name:ident { $($(#[$doc:meta])* $variant:ident = $text:literal,)+ }) => {
        $(#[$meta])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        #[derive(serde::Serialize, serde::Deserialize, utoipa::ToSchema)]
        // utoipa cannot read the `rename` below through the macro; every name is its variant in snake case
        #[schema(rename_all = "snake_case")]
        pub enum $name {
            $($(#[$doc])* #[serde(rename = $text)] $variant,)+
        }

        impl $name {
            /// Every name.
            pub const NAMES: &'static [&'static str] = &[$($text),+];

            /// The name stored and sent.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$variant => $text,)+
                }
            }
        }

        impl std::str::FromStr for $name {
            type Err = $crate::model::name::UnknownName;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                match text {
                    $($text => Ok(Self::$variant),)+
                    _ => Err($crate::model::name::UnknownName { text: text.to_owned(), names: Self::NAMES }),
                }
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(self.as_str())
            }
        }
    };
}
pub(crate) use named;
