//! What a user reads when a turn does not end as it should: what happened, what is kept, what to do next.

use super::honesty;
use crate::workflow::Language;

/// The words for a stable code.
#[must_use]
pub fn words(code: &str, language: Language) -> &'static str {
    match language {
        Language::En => english(code),
        Language::Es => spanish(code),
    }
}

fn english(code: &str) -> &'static str {
    match code {
        "model_stuck" => {
            "The language model got nowhere with this, so the turn was ended. What was written is kept. Say it in other \
             words, or in smaller steps."
        }
        "turn_tokens_spent" => {
            "This turn reached its limit of text to the language model and was ended. What was written is kept; go on with \
             a smaller step."
        }
        "turn_money_spent" => {
            "This turn reached its limit of cost and was ended. What was written is kept; go on with a smaller step."
        }
        "turn_time_spent" => "This turn took too long and was ended. What was written is kept; go on from here.",
        "user_day_spent" => {
            "You have used up today's share of the language model. What was written is kept; it goes on at midnight UTC, or \
             when your administrator raises the limit."
        }
        "tenant_day_spent" => {
            "Your dealer group has used up today's share of the language model. What was written is kept; it goes on at \
             midnight UTC, or when the operator raises the limit."
        }
        code => honesty::failure(code),
    }
}

fn spanish(code: &str) -> &'static str {
    match code {
        "model_stuck" => {
            "El modelo de lenguaje no avanzó con esto y el turno terminó. Lo escrito se conserva. Dígalo con otras palabras \
             o en pasos más pequeños."
        }
        "turn_tokens_spent" => {
            "Este turno llegó a su límite de texto para el modelo de lenguaje y terminó. Lo escrito se conserva; siga con un \
             paso más pequeño."
        }
        "turn_money_spent" => {
            "Este turno llegó a su límite de costo y terminó. Lo escrito se conserva; siga con un paso más pequeño."
        }
        "turn_time_spent" => "Este turno tardó demasiado y terminó. Lo escrito se conserva; siga desde aquí.",
        "user_day_spent" => {
            "Usó toda su parte de hoy del modelo de lenguaje. Lo escrito se conserva; sigue a medianoche UTC, o cuando su \
             administrador suba el límite."
        }
        "tenant_day_spent" => {
            "Su grupo usó toda su parte de hoy del modelo de lenguaje. Lo escrito se conserva; sigue a medianoche UTC, o \
             cuando el operador suba el límite."
        }
        "turn_too_long" => "El turno tuvo demasiados pasos y terminó. Lo escrito se conserva.",
        "interrupted" => "El servidor se detuvo en medio de este turno. Lo escrito se conserva; siga desde aquí.",
        "model_timeout" => "El modelo de lenguaje tardó demasiado. No se perdió nada; envíe el mensaje otra vez.",
        "model_unavailable" => "No se puede llegar al modelo de lenguaje. No se perdió nada; intente en un minuto.",
        "model_rate_limited" => "El modelo de lenguaje está ocupado. No se perdió nada; envíe el mensaje en un minuto.",
        "model_answer_broken" => {
            "La respuesta se cortó. Lo escrito se conserva; envíe el mensaje otra vez para seguir."
        }
        "model_answer_withheld" => "El modelo de lenguaje retuvo su respuesta. Dígalo con otras palabras.",
        "model_answer_empty" => {
            "El modelo de lenguaje no respondió nada. Envíe el mensaje otra vez o con otras palabras."
        }
        code => honesty::failure(code),
    }
}
