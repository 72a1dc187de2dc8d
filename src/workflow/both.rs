//! A sentence in both of our languages, written side by side.

/// A sentence, or a part of one, in English and in Spanish.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::workflow) struct Both {
    pub(in crate::workflow) en: String,
    pub(in crate::workflow) es: String,
}

/// A [`Both`] from two wordings, each as in `format!`: `both!("there is no `{name}`", "no existe `{name}`")`.
///
/// Values that are no plain names follow as `name = value`; parts that are themselves a [`Both`] stand behind `;` and
/// come in the language of the wording they stand in.
macro_rules! both {
    ($en:literal, $es:literal $(, $name:ident = $value:expr)* $(; $($part:ident),+)?) => {
        $crate::workflow::both::Both {
            en: {
                $($(let $part = &$part.en;)+)?
                std::fmt::format(format_args!($en $(, $name = $value)*))
            },
            es: {
                $($(let $part = &$part.es;)+)?
                std::fmt::format(format_args!($es $(, $name = $value)*))
            },
        }
    };
}

pub(in crate::workflow) use both;

impl Both {
    /// What is the same in both languages: a name, a number, what somebody else's library says.
    pub(in crate::workflow) fn same(text: impl Into<String>) -> Self {
        let en = text.into();
        Self { es: en.clone(), en }
    }

    /// Several one after another, with a word between them.
    pub(in crate::workflow) fn joined(parts: &[Self], between: &Self) -> Self {
        let all = |words: fn(&Self) -> &str| parts.iter().map(words).collect::<Vec<_>>().join(words(between));
        Self { en: all(|part| &part.en), es: all(|part| &part.es) }
    }
}
