//! What objects of the DSL are called in Spanish.

/// English title of an object → Spanish.
const TITLES: &[(&str, &str)] = &[
    ("the document", "el documento"),
    ("a duration", "una duración"),
    ("a timeout", "un límite de tiempo"),
    ("a catalog", "un catálogo"),
    ("a resource", "un recurso"),
    ("an endpoint", "un punto de acceso"),
    ("an extension", "una extensión"),
    ("a schema", "un esquema"),
    ("an error", "un error"),
    ("an error filter", "un filtro de errores"),
    ("a retry policy", "una regla de reintentos"),
    ("a backoff", "una espera entre reintentos"),
    ("a retry limit", "un límite de reintentos"),
    ("a limit of attempts", "un límite de intentos"),
    ("a jitter", "una variación al azar"),
    ("an event strategy", "una estrategia de eventos"),
    ("an event strategy under `until`", "una estrategia de eventos bajo `until`"),
    ("an event filter", "un filtro de eventos"),
    ("a correlation", "una correlación"),
    ("the attributes of an event", "los atributos de un evento"),
    ("the event to emit", "el evento por emitir"),
    ("a case", "un caso"),
    ("a container", "un contenedor"),
    ("a script", "un script"),
    ("a shell command", "un comando"),
    ("a workflow to run", "un flujo por ejecutar"),
    ("a call", "una llamada"),
    ("a gRPC service", "un servicio gRPC"),
    ("a server", "un servidor"),
    ("a message", "un mensaje"),
    ("a subscription", "una suscripción"),
    ("an MCP transport", "un transporte MCP"),
    ("an HTTP transport", "un transporte HTTP"),
    ("a stdio transport", "un transporte stdio"),
    ("an MCP client", "un cliente MCP"),
    ("an authentication policy", "una regla de autenticación"),
    ("password authentication", "la autenticación con contraseña"),
    ("bearer authentication", "la autenticación con portador"),
    ("OAuth2 authentication", "la autenticación OAuth2"),
    ("OpenID Connect authentication", "la autenticación OpenID Connect"),
    ("OAuth2 endpoints", "los puntos de acceso OAuth2"),
    ("an OAuth2 client", "un cliente OAuth2"),
    ("a token request", "una petición de token"),
    ("a token", "un token"),
];

/// A title in Spanish. Names of the DSL (`` `schedule` ``) stay as they are.
pub(super) fn in_spanish(title: &str) -> String {
    if let Some((_, spanish)) = TITLES.iter().find(|(english, _)| *english == title) {
        return (*spanish).to_owned();
    }
    if let Some(call) = title.strip_prefix("`with` of ") {
        return format!("`with` de {}", in_spanish(call));
    }
    let named = title.strip_prefix("a ").or_else(|| title.strip_prefix("an ")).unwrap_or(title);
    match (named.strip_suffix(" task"), named.strip_suffix(" call")) {
        (Some(kind), _) => format!("una tarea {kind}"),
        (None, Some(protocol)) => format!("una llamada {protocol}"),
        (None, None) => title.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every title the tables of the DSL use, by the constructor it stands in.
    #[test]
    fn every_title_has_its_spanish() {
        let tables = [include_str!("dsl.rs"), include_str!("dsl_outside.rs")].concat();
        let titles = regex::Regex::new(r#"Object::(?:closed|open)\(\s*"([^"]+)""#).unwrap();
        let all: Vec<&str> = titles.captures_iter(&tables).filter_map(|found| Some(found.get(1)?.as_str())).collect();
        assert!(all.len() > 60, "{}", all.len());
        for title in all {
            let is_name = title.starts_with('`') && title.ends_with('`');
            assert_ne!(is_name, in_spanish(title) != title, "{title}: {}", in_spanish(title));
        }
        assert_eq!(in_spanish("an `emit` task"), "una tarea `emit`");
        assert_eq!(in_spanish("`with` of an HTTP call"), "`with` de una llamada HTTP");
    }
}
