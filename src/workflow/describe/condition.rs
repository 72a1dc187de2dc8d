//! Conditions and moments in words.

use super::jq::{self, Expr};
use super::voice::{Kept, Voice};
use super::words;

/// Fields that are a question of yes or no: (name, yes, no) in English and Spanish.
const YES_OR_NO: &[(&str, [&str; 2], [&str; 2])] = &[
    (
        "after_hours",
        ["it came in outside opening hours", "it came in during opening hours"],
        ["llegó fuera de horario", "llegó en horario de atención"],
    ),
    ("received", ["it has come in", "it has not come in"], ["ya llegó", "no ha llegado"]),
    ("duplicate_of", ["it is a duplicate", "it is not a duplicate"], ["es un duplicado", "no es un duplicado"]),
];

const WEEKDAYS: [[&str; 7]; 2] = [
    ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"],
    ["domingo", "lunes", "martes", "miércoles", "jueves", "viernes", "sábado"],
];

impl Voice<'_> {
    /// A condition; as written when it is not understood.
    pub(in crate::workflow) fn condition(&self, text: &str) -> String {
        jq::parse(text).and_then(|expr| self.truth(&expr)).unwrap_or_else(|| self.as_written(text))
    }

    pub(super) fn truth(&self, expr: &Expr) -> Option<String> {
        match expr {
            Expr::And(parts) => self.joined(parts, "!=", self.say(" and ", " y "), self.say("nor", "ni")),
            Expr::Or(parts) => self.joined(parts, "==", self.say(" or ", " o "), self.say("or", "o")),
            Expr::Compare(left, sign, right) => self.comparison(left, sign, right),
            Expr::Path(root, parts) => self.yes_or_no(root, parts, true),
            Expr::Pipe(stages) => self.piped(stages),
            Expr::Bool(true) => Some(self.say("always", "siempre").to_owned()),
            Expr::Bool(false) => Some(self.say("never", "nunca").to_owned()),
            Expr::Text(_)
            | Expr::Number(_)
            | Expr::Null
            | Expr::Sum(..)
            | Expr::Call(..)
            | Expr::List(_)
            | Expr::Choice(..) => None,
        }
    }

    /// `a == 1 or a == 2` as "a is 1 or 2"; else the parts one after another.
    fn joined(&self, parts: &[Expr], sign: &str, between: &str, last: &str) -> Option<String> {
        let mut subject: Option<&Expr> = None;
        let mut values = Vec::new();
        for part in parts {
            match part {
                Expr::Compare(left, own, right)
                    if own == sign && **right != Expr::Null && subject.is_none_or(|known| *known == **left) =>
                {
                    subject = Some(left);
                    values.push(self.literal(left, right)?);
                }
                _ => {
                    values.clear();
                    break;
                }
            }
        }
        if let (Some(subject), [.., _, _]) = (subject, values.as_slice()) {
            let list = either(&values, last);
            let subject = self.the(&self.subject(subject)?);
            return Some(if sign == "==" {
                format!("{subject} {} {list}", self.say("is", "es"))
            } else {
                format!("{subject} {} {list}", self.say("is neither", "no es ni"))
            });
        }
        let said: Option<Vec<String>> = parts
            .iter()
            .map(|part| {
                let words = self.truth(part)?;
                // "a and (b or c)" must not read as "(a and b) or c"
                Some(
                    if matches!(part, Expr::Or(_))
                        && words.contains(self.say(" or ", " o "))
                        && words.matches(self.say(" is ", " es ")).count() > 1
                    {
                        format!("({words})")
                    } else {
                        words
                    },
                )
            })
            .collect();
        Some(said?.join(between))
    }

    fn piped(&self, stages: &[Expr]) -> Option<String> {
        let (last, before) = stages.split_last()?;
        match last {
            Expr::Call(name, arguments) if name == "not" && arguments.is_empty() => match before {
                [Expr::Path(root, parts)] => self.yes_or_no(root, parts, false),
                [inner] => Some(format!("{} ({})", self.say("not", "no"), self.truth(inner)?)),
                _ => None,
            },
            Expr::Call(name, arguments) if name == "is_future" && arguments.is_empty() => {
                let moment = self.moment_of(before)?;
                Some(match self.language {
                    crate::workflow::Language::En => format!("{moment} is still to come"),
                    crate::workflow::Language::Es => format!("todavía no llega {moment}"),
                })
            }
            // `moment | local | .weekday == 1`
            last if before.iter().any(|stage| *stage == Expr::Call("local".to_owned(), Vec::new())) => self.truth(last),
            _ => None,
        }
    }

    fn comparison(&self, left: &Expr, sign: &str, right: &Expr) -> Option<String> {
        if let Expr::Path(root, parts) = left {
            if *right == Expr::Null {
                return self.null_check(root, parts, sign == "==");
            }
            if let Expr::Bool(wanted) = right {
                return self.yes_or_no(root, parts, *wanted == (sign == "=="));
            }
            if let Some(words) = self.kept_comparison(root, parts, sign, right) {
                return Some(words);
            }
        }
        let value = self.literal(left, right)?;
        let subject = self.the(&self.subject(left)?);
        let is = match sign {
            "==" => self.say("is", "es"),
            "!=" => self.say("is not", "no es"),
            ">" => self.say("is more than", "es más de"),
            ">=" => self.say("is at least", "es al menos"),
            "<" => self.say("is less than", "es menos de"),
            "<=" => self.say("is at most", "es como máximo"),
            _ => return None,
        };
        Some(self.agree(&format!("{subject} {is} {value}")))
    }

    /// Comparisons of results: "no leads were found", "it was approved".
    fn kept_comparison(&self, root: &str, parts: &[String], sign: &str, right: &Expr) -> Option<String> {
        let ("$context", [name, field]) = (root, parts) else { return None };
        match (self.kept(name)?, field.as_str()) {
            (Kept::Records(entity), "count") => {
                let Expr::Number(number) = right else { return None };
                let many = words::entities(entity, self.language).map_or_else(|| words::plain(entity), str::to_owned);
                Some(match (sign, number.as_str()) {
                    ("==", "0") => format!("{} {many}", self.say("there are no", "no hay")),
                    (">", "0") | ("!=", "0") | (">=", "1") => format!("{} {many}", self.say("there are", "hay")),
                    (">", n) => format!("{} {n} {many}", self.say("there are more than", "hay más de")),
                    (">=", n) => format!("{} {n} {many}", self.say("there are at least", "hay al menos")),
                    ("<", n) => format!("{} {n} {many}", self.say("there are fewer than", "hay menos de")),
                    ("==", n) => format!("{} {n} {many}", self.say("there are exactly", "hay exactamente")),
                    _ => return None,
                })
            }
            (Kept::Event(Some(event)), "decision") if event == "approval.decided" => {
                let Expr::Text(answer) = right else { return None };
                let mut answer = self.enum_word(answer);
                if self.language == crate::workflow::Language::Es
                    && let Some(stem) = answer.strip_suffix('o')
                {
                    answer = format!("{stem}a");
                }
                Some(match sign {
                    "==" => format!("{} {answer}", self.say("the request was", "la solicitud fue")),
                    "!=" => format!("{} {answer}", self.say("the request was not", "la solicitud no fue")),
                    _ => return None,
                })
            }
            _ => None,
        }
    }

    fn null_check(&self, root: &str, parts: &[String], null: bool) -> Option<String> {
        if let Some(words) = YES_OR_NO.iter().find(|row| Some(row.0) == parts.last().map(String::as_str)) {
            return Some(self.say(words.1[usize::from(null)], words.2[usize::from(null)]).to_owned());
        }
        if let ("$context", [name]) = (root, parts)
            && let Some(kept) = self.kept(name)
        {
            let words = match (kept, null) {
                (Kept::Event(Some(event)), true) if event == "customer.message.received" => {
                    self.say("the customer has not answered", "el cliente no ha respondido")
                }
                (Kept::Event(Some(event)), false) if event == "customer.message.received" => {
                    self.say("the customer has answered", "el cliente ha respondido")
                }
                (Kept::Event(Some(event)), true) if event == "approval.decided" => {
                    self.say("nobody has decided", "nadie ha decidido")
                }
                (Kept::Event(Some(event)), false) if event == "approval.decided" => {
                    self.say("there is a decision", "hay una decisión")
                }
                (Kept::Event(_), true) => self.say("nothing came", "no llegó nada"),
                (Kept::Event(_), false) => self.say("something came", "llegó algo"),
                (Kept::Records(_), true) => self.say("nothing has been looked up yet", "aún no se ha buscado nada"),
                (Kept::Records(_), false) => self.say("the search is done", "la búsqueda está hecha"),
                (Kept::Consent(_) | Kept::Output(_), _) => "",
            };
            if !words.is_empty() {
                return Some(words.to_owned());
            }
        }
        let subject = self.path_words(root, parts)?;
        Some(match null {
            true => format!("{} {subject}", self.say("there is no", "no hay")),
            false => format!("{} {subject}", self.say("there is a", "hay")),
        })
    }

    fn yes_or_no(&self, root: &str, parts: &[String], yes: bool) -> Option<String> {
        let last = parts.last()?;
        if let Some(words) = YES_OR_NO.iter().find(|row| row.0 == last) {
            return Some(self.say(words.1[usize::from(!yes)], words.2[usize::from(!yes)]).to_owned());
        }
        if let ("$context", [name, field]) = (root, parts)
            && let (Some(Kept::Consent(channel)), "allowed") = (self.kept(name), field.as_str())
        {
            let what = match channel.as_str() {
                "sms" => self.say("texting the customer", "enviar SMS al cliente"),
                "email" => self.say("e-mailing the customer", "enviar correo al cliente"),
                "phone" => self.say("calling the customer", "llamar al cliente"),
                _ => self.say("contacting the customer", "contactar al cliente"),
            };
            return Some(format!(
                "{what} {}",
                if yes {
                    self.say("is allowed", "está permitido")
                } else {
                    self.say("is not allowed", "no está permitido")
                }
            ));
        }
        let subject = self.the(&self.path_words(root, parts)?);
        Some(format!("{subject}: {}", if yes { self.say("yes", "sí") } else { self.say("no", "no") }))
    }

    /// What a comparison is about.
    fn subject(&self, expr: &Expr) -> Option<String> {
        match expr {
            Expr::Path(root, parts) => {
                if let ("$context", [name, field]) = (root.as_str(), parts.as_slice())
                    && let (Some(Kept::Event(Some(event))), "intent") = (self.kept(name), field.as_str())
                    && event == "customer.message.received"
                {
                    return Some(self.say("the customer's answer", "la respuesta del cliente").to_owned());
                }
                self.path_words(root, parts)
            }
            Expr::Pipe(stages) => self.moment_of(stages),
            Expr::Sum(left, sign, right) => Some(format!("{} {sign} {}", self.subject(left)?, self.subject(right)?)),
            Expr::Number(number) => Some(number.clone()),
            Expr::Call(name, arguments) if name == "length" && arguments.is_empty() => {
                Some(self.say("the number of items", "la cantidad de elementos").to_owned())
            }
            Expr::Text(_)
            | Expr::Bool(_)
            | Expr::Null
            | Expr::Compare(..)
            | Expr::And(_)
            | Expr::Or(_)
            | Expr::Call(..)
            | Expr::List(_)
            | Expr::Choice(..) => None,
        }
    }

    /// The other side of a comparison.
    fn literal(&self, subject: &Expr, value: &Expr) -> Option<String> {
        match value {
            Expr::Text(text) => Some(self.enum_word(text)),
            Expr::Number(number) => {
                let weekday =
                    matches!(subject, Expr::Path(_, parts) if parts.last().is_some_and(|part| part == "weekday"));
                let named = number.parse().ok().and_then(|day: usize| {
                    let column = usize::from(self.language == crate::workflow::Language::Es);
                    WEEKDAYS.get(column)?.get(day).copied()
                });
                Some(named.filter(|_| weekday).map_or_else(|| number.clone(), str::to_owned))
            }
            Expr::Path(root, parts) => Some(self.the(&self.path_words(root, parts)?)),
            Expr::Pipe(stages) => self.moment_of(stages),
            Expr::Sum(..) => self.subject(value),
            Expr::Bool(_)
            | Expr::Null
            | Expr::Compare(..)
            | Expr::And(_)
            | Expr::Or(_)
            | Expr::Call(..)
            | Expr::List(_)
            | Expr::Choice(..) => None,
        }
    }

    /// A path as a noun: `$workflow.input[0].data.starts_at` is "the appointment time".
    pub(super) fn path_words(&self, root: &str, parts: &[String]) -> Option<String> {
        let parts: Vec<&str> = parts.iter().map(String::as_str).filter(|part| *part != "[]").collect();
        let names: &[&str] = match (root, parts.as_slice()) {
            ("$workflow", ["input", "0", "data", rest @ ..] | ["input", rest @ ..]) | (".", ["data", rest @ ..]) => {
                rest
            }
            ("$context", [name, rest @ ..]) if !rest.is_empty() => match self.kept(name) {
                Some(Kept::Event(Some(event))) if event == "customer.message.received" && rest == ["text"] => {
                    return Some(self.say("what the customer wrote", "lo que escribió el cliente").to_owned());
                }
                Some(Kept::Output(action)) if action == "draft_text" && rest == ["text"] => {
                    return Some(self.say("the drafted text", "el texto redactado").to_owned());
                }
                Some(Kept::Event(_) | Kept::Output(_) | Kept::Records(_)) => rest,
                Some(Kept::Consent(_)) | None => &parts,
            },
            ("$workflow" | "$task" | "$runtime", _) => return None,
            (_, all) => all,
        };
        let (last, before) = names.split_last()?;
        let noun = self.field_noun(last);
        let around = before.iter().rev().find(|part| part.parse::<usize>().is_err() && **part != "fields");
        Some(match around {
            Some(around) => {
                let holder = words::entity(around, self.language).map_or_else(
                    || words::plain(around),
                    |entity| entity.split_once(' ').map_or(entity, |(_, noun)| noun).to_owned(),
                );
                match self.language {
                    crate::workflow::Language::En => format!("{holder} {noun}"),
                    crate::workflow::Language::Es => format!("{noun} de {holder}"),
                }
            }
            None => noun,
        })
    }

    /// "the minutes is" reads "the minutes are".
    pub(super) fn agree(&self, clause: &str) -> String {
        let plural = ["the minutes ", "the days ", "the hours ", "los minutos ", "los días ", "las horas "];
        if !plural.iter().any(|start| clause.starts_with(start)) {
            return clause.to_owned();
        }
        match self.language {
            crate::workflow::Language::En => clause.replacen(" is ", " are ", 1),
            crate::workflow::Language::Es => clause.replacen(" es ", " son ", 1),
        }
    }

    /// The noun with its article, unless it has one.
    pub(super) fn the(&self, noun: &str) -> String {
        let first = noun.split_whitespace().next().unwrap_or_default();
        let bare = !["the", "what", "el", "la", "los", "las", "lo"].contains(&first)
            && !first.starts_with(|c: char| c.is_ascii_digit());
        if !bare {
            return noun.to_owned();
        }
        match self.language {
            crate::workflow::Language::En => format!("the {noun}"),
            crate::workflow::Language::Es => {
                let masculine = ["día", "días", "problema", "programa"].contains(&first);
                let stem = first.trim_end_matches('s');
                let feminine = !masculine && (stem.ends_with('a') || stem.ends_with("ión") || stem.ends_with("dad"));
                let article = match (feminine, first.ends_with('s') && first.len() > 4) {
                    (true, true) => "las",
                    (true, false) => "la",
                    (false, true) => "los",
                    (false, false) => "el",
                };
                format!("{article} {noun}")
            }
        }
    }

    /// The yes or no of a field in a filter: "it has not come in".
    pub(super) fn flag(&self, field: &str, yes: bool) -> Option<&'static str> {
        let words = YES_OR_NO.iter().find(|row| row.0 == field)?;
        let column = usize::from(!yes);
        Some(match self.language {
            crate::workflow::Language::En => words.1[column],
            crate::workflow::Language::Es => words.2[column],
        })
    }

    fn field_noun(&self, name: &str) -> String {
        if let Some(noun) = words::field(name, self.language) {
            return noun.to_owned();
        }
        if let Some(entity) = name.strip_suffix("_id").and_then(|entity| words::entity(entity, self.language)) {
            return entity.split_once(' ').map_or(entity, |(_, noun)| noun).to_owned();
        }
        let stem = name.strip_suffix("_id").or_else(|| name.strip_suffix("_at")).unwrap_or(name);
        words::plain(stem)
    }

    /// The word of an enum's value.
    pub(super) fn enum_word(&self, text: &str) -> String {
        if let Some(word) = words::value(text, self.language) {
            return word.to_owned();
        }
        let is_code =
            !text.is_empty() && text.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_');
        if is_code { words::plain(text) } else { format!("“{text}”") }
    }
}

/// "a, b or c".
pub(super) fn either(values: &[String], last: &str) -> String {
    match values.split_last() {
        None => String::new(),
        Some((only, [])) => only.clone(),
        Some((end, front)) => format!("{} {last} {end}", front.join(", ")),
    }
}
