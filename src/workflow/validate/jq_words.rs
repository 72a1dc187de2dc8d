//! What jq says about an expression, in Spanish. Names and values stay as they are, and so does what is not known here.

use std::sync::LazyLock;

use regex::{Captures, Regex};

/// What jq says → the same in Spanish; `{1}` is the first part that varies.
const SENTENCES: [(&str, &str); 16] = [
    (r"^expected (.+?) at the end$", "se esperaba {1} al final"),
    (r"^expected (.+?) at `(.*)`$", "se esperaba {1} en `{2}`"),
    (r"^the expression cannot be read$", "la expresión no se puede leer"),
    (r"^cannot index (.+) with (.+)$", "no se puede tomar {2} de {1}"),
    (r"^cannot use (.+) as (.+)$", "no se puede usar {1} como {2}"),
    (r"^cannot calculate (.+)$", "no se puede calcular {1}"),
    (r"^cannot convert (.+) to (.+)$", "no se puede convertir {1} en {2}"),
    (r"^cannot parse (.+) as (.+?): (.+)$", "no se puede leer {1} como {2}: {3}"),
    (r"^index (.+) out of bounds$", "no existe la posición {1}"),
    (r"^(.+) has no length$", "{1} no tiene longitud"),
    (r"^a moment is null$", "un momento es null"),
    (r"^a moment is written as text$", "un momento se escribe como texto"),
    (r"^`(.+)` is not a time of day such as 17:00$", "`{1}` no es una hora como 17:00"),
    (r"^`(.+)` is not a date or a date-time$", "`{1}` no es una fecha ni una fecha con hora"),
    (r"^the store has no opening hours for (.+)$", "la sucursal no tiene horario de {1}"),
    (r"^the local time does not exist$", "esa hora local no existe"),
];

/// What was expected, or what a value cannot be used as.
const THINGS: [(&str, &str); 24] = [
    ("term", "un término"),
    ("variable", "una variable"),
    ("pattern", "un patrón"),
    ("key", "una clave"),
    ("identifier", "un nombre"),
    ("argument", "un argumento"),
    ("string", "texto"),
    ("nothing", "que no siguiera nada"),
    ("token", "un signo"),
    ("digit", "una cifra"),
    ("else or end", "else o end"),
    ("comma or right bracket", "una coma o un corchete de cierre"),
    ("comma or right brace", "una coma o una llave de cierre"),
    ("semicolon or right parenthesis", "un punto y coma o un paréntesis de cierre"),
    ("closing parenthesis", "un paréntesis de cierre"),
    ("closing bracket", "un corchete de cierre"),
    ("closing brace", "una llave de cierre"),
    ("closing quote", "comillas de cierre"),
    ("number", "número"),
    ("integer", "número entero"),
    ("array", "lista"),
    ("iterable (array or object)", "lista ni objeto"),
    ("time", "un momento"),
    ("character", "un carácter"),
];

static READ: LazyLock<Vec<(Regex, &str)>> =
    LazyLock::new(|| SENTENCES.iter().filter_map(|(said, spanish)| Some((Regex::new(said).ok()?, *spanish))).collect());

/// In Spanish, where jq's words are known.
pub(super) fn in_spanish(said: &str) -> String {
    // a message of a function comes as a text of jq's, in quotes
    let said = said.strip_prefix('"').and_then(|text| text.strip_suffix('"')).unwrap_or(said);
    let found = READ.iter().find_map(|(pattern, spanish)| Some((pattern.captures(said)?, *spanish)));
    found.map_or_else(|| said.to_owned(), |(parts, spanish)| filled(spanish, &parts))
}

fn filled(spanish: &str, parts: &Captures<'_>) -> String {
    let part = |at: usize| parts.get(at).map_or("", |part| part.as_str());
    let thing = |text: &str| {
        THINGS.iter().find(|(english, _)| *english == text).map_or(text, |(_, spanish)| *spanish).to_owned()
    };
    (1..parts.len()).fold(spanish.to_owned(), |text, at| text.replace(&format!("{{{at}}}"), &thing(part(at))))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::workflow::expression::{Expression, ExpressionError, Moment, Variables};

    fn said_by_jq(code: &str) -> String {
        let hours = crate::model::tenant::StoreHours::default();
        let moment =
            Moment { now: chrono::DateTime::UNIX_EPOCH, zone: chrono_tz::Tz::UTC, hours: &hours, department: "sales" };
        let value = Expression::compile(&format!("${{ {code} }}"))
            .and_then(|compiled| compiled.evaluate(&serde_json::json!({ "a": 1 }), &Variables::default(), &moment));
        match value {
            Err(ExpressionError::Syntax(why) | ExpressionError::Failed(why)) => why,
            other => panic!("{code}: {other:?}"),
        }
    }

    #[test]
    fn what_jq_says_of_common_slips_is_said_in_spanish() {
        for (code, spanish) in [
            (".a +", "se esperaba un término al final"),
            (".a )", "se esperaba un signo en `)`"),
            ("if .a then 1", "se esperaba"),
            ("[1, 2", "se esperaba"),
            ("\"x\" | .b", "no se puede tomar \"b\" de \"x\""),
            (".a | ascii_downcase", "no se puede usar 1 como texto"),
            (".a | map(. + 1)", "no se puede usar 1 como lista ni objeto"),
            ("{} + 1", "no se puede calcular {} + 1"),
            ("true | length", "true no tiene longitud"),
            (".b | shift(\"P1D\")", "un momento es null"),
            ("\"soon\" | shift(\"P1D\")", "`soon` no es una fecha ni una fecha con hora"),
        ] {
            let said = said_by_jq(code);
            let told = in_spanish(&said);
            assert!(told.starts_with(spanish), "{code}: {said} → {told}");
        }
        assert_eq!(in_spanish("something new"), "something new");
    }
}
