//! Which of our two languages a message is in; decides the language of readback and of sentences of our own.

use crate::workflow::Language;

const SPANISH: [&str; 26] = [
    "el", "la", "los", "las", "un", "una", "que", "cuando", "cliente", "clientes", "para", "por", "con", "del", "al",
    "después", "antes", "minutos", "horas", "días", "si", "envía", "manda", "llegue", "cambia", "qué",
];

/// The language of a text.
#[must_use]
pub fn of(text: &str) -> Language {
    let lower = text.to_lowercase();
    if lower.contains(['¿', '¡', 'ñ']) {
        return Language::Es;
    }
    let words: Vec<&str> = lower.split(|c: char| !c.is_alphabetic()).filter(|word| !word.is_empty()).collect();
    let spanish = words.iter().filter(|word| SPANISH.contains(word)).count();
    if spanish * 4 >= words.len().max(1) { Language::Es } else { Language::En }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_languages() {
        assert_eq!(of("text the customer ten minutes after the lead comes in"), Language::En);
        assert_eq!(of("cuando llegue un lead, manda un mensaje al cliente"), Language::Es);
        assert_eq!(of("¿cuánto espera?"), Language::Es);
        assert_eq!(of("make it 5"), Language::En);
    }
}
