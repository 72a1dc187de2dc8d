//! What a tool answered, as the model reads it: each passage and the whole with a cap, and shorter still once the turn is
//! over and its answers have done their work.

use serde_json::{Value, json};

use super::tokens;

/// The most a tool's answer may take, in tokens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Caps {
    /// One passage: any single text in an answer.
    pub passage: usize,
    /// The whole answer.
    pub answer: usize,
}

impl Caps {
    /// The built-in planner reads everything; it costs nothing.
    pub const NONE: Self = Self { passage: usize::MAX / 8, answer: usize::MAX / 8 };
}

/// Tokens of one passage in an answer of an earlier turn.
const EARLIER_PASSAGE: usize = 40;
/// The same for the whole answer.
const EARLIER_ANSWER: usize = 400;
/// What stands where text was cut.
const CUT: &str = " […]";
/// Calls whose arguments are a whole draft: the draft itself is shown as it stands, older ones only mislead.
const DRAFTS: [&str; 1] = ["write_workflow"];

/// An answer of the present turn.
#[must_use]
pub fn capped(content: &str, caps: Caps) -> String {
    // a token is at least one byte: most answers are short enough without counting
    if content.len() <= caps.passage {
        return content.to_owned();
    }
    let Ok(mut value) = serde_json::from_str::<Value>(content) else {
        let (part, cut) = tokens::beginning(content, caps.answer);
        return if cut { format!("{part}{CUT}") } else { content.to_owned() };
    };
    let text = if cut_texts(&mut value, caps.passage) { value.to_string() } else { content.to_owned() };
    if text.len() <= caps.answer || tokens::count(&text) <= caps.answer {
        return text;
    }
    if drop_last_items(&mut value, caps.answer) {
        return value.to_string();
    }
    let (part, _) = tokens::beginning(&text, caps.answer);
    json!({"shortened": true, "beginning": part}).to_string()
}

/// An answer of an earlier turn.
#[must_use]
pub fn earlier(content: &str) -> String {
    capped(content, Caps { passage: EARLIER_PASSAGE, answer: EARLIER_ANSWER })
}

/// Arguments of a call of an earlier turn.
#[must_use]
pub fn earlier_arguments(name: &str, arguments: &str) -> String {
    let whole = DRAFTS.contains(&name).then(|| serde_json::from_str::<Value>(arguments).ok()).flatten();
    match whole {
        Some(value) => {
            json!({"title": value.get("title"), "definition": "[left out: the draft is shown as it stands]"})
                .to_string()
        }
        None => arguments.to_owned(),
    }
}

/// Shortens every text above `most` tokens; whether there was one.
fn cut_texts(value: &mut Value, most: usize) -> bool {
    match value {
        Value::String(text) => {
            let (part, cut) = tokens::beginning(text, most);
            if cut {
                *text = format!("{part}{CUT}");
            }
            cut
        }
        Value::Array(items) => items.iter_mut().filter_map(|item| cut_texts(item, most).then_some(())).count() > 0,
        Value::Object(fields) => fields.values_mut().filter_map(|item| cut_texts(item, most).then_some(())).count() > 0,
        Value::Null | Value::Bool(_) | Value::Number(_) => false,
    }
}

/// Drops items from the end of the longest list of an answer until it fits, the worst hits first; false when that does
/// not help.
fn drop_last_items(value: &mut Value, most: usize) -> bool {
    let Some(fields) = value.as_object_mut() else { return false };
    let longest = fields.iter().filter_map(|(name, value)| Some((name.clone(), value.as_array()?.len())));
    let Some((name, _)) = longest.max_by_key(|(_, length)| *length) else { return false };
    let mut dropped = 0;
    loop {
        let Some(items) = fields.get_mut(&name).and_then(Value::as_array_mut) else { return false };
        if items.len() <= 1 {
            return false;
        }
        items.pop();
        dropped += 1;
        fields.insert("left_out".to_owned(), json!(dropped));
        if tokens::count(&Value::Object(fields.clone()).to_string()) <= most {
            return true;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CAPS: Caps = Caps { passage: 60, answer: 400 };

    fn hits(count: usize, text: &str) -> String {
        let hit = |n: usize| json!({"document": format!("d{n}"), "heading": "Why", "text": text});
        json!({"hits": (0..count).map(hit).collect::<Vec<_>>()}).to_string()
    }

    #[test]
    fn each_passage_has_its_cap_and_what_is_short_stays_as_it_is() {
        tokens::load_tokenizer();
        let short = hits(2, "Consent first.");
        assert_eq!(capped(&short, CAPS), short);
        let long = capped(&hits(2, &"A text may go out only with consent. ".repeat(40)), CAPS);
        let value: Value = serde_json::from_str(&long).unwrap();
        for hit in value["hits"].as_array().unwrap() {
            let text = hit["text"].as_str().unwrap();
            assert!(text.ends_with(CUT) && tokens::count(text) <= 65, "{}", tokens::count(text));
        }
        assert_eq!(value["hits"][1]["document"], "d1");
    }

    #[test]
    fn the_whole_answer_has_a_cap_and_says_what_is_missing() {
        tokens::load_tokenizer();
        let value: Value =
            serde_json::from_str(&capped(&hits(20, "Consent, quiet hours and caps hold for all."), CAPS)).unwrap();
        let kept = value["hits"].as_array().unwrap().len();
        assert!(kept > 3 && kept < 20, "{kept}");
        assert_eq!(value["left_out"], 20 - kept);
        assert!(tokens::count(&value.to_string()) <= CAPS.answer);
        let one =
            capped(&json!({"a": (0..99).map(|n| n.to_string()).collect::<String>().repeat(30)}).to_string(), CAPS);
        assert!(tokens::count(&one) <= CAPS.answer + 20, "{one}");
        assert!(tokens::count(&capped(&"no JSON at all. ".repeat(400), CAPS)) <= CAPS.answer + 5);
    }

    #[test]
    fn an_old_draft_is_not_shown_beside_the_one_that_stands() {
        let arguments = json!({"title": "Call new leads", "definition": {"do": []}}).to_string();
        let shown = earlier_arguments("write_workflow", &arguments);
        assert!(shown.contains("Call new leads") && !shown.contains("\"do\""), "{shown}");
        assert_eq!(earlier_arguments("ask", "{}"), "{}");
        assert_eq!(earlier_arguments("write_workflow", "{\"ti"), "{\"ti");
    }
}
