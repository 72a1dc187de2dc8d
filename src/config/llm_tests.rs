use figment::Figment;
use figment::providers::{Format, Toml};

use super::super::provider::Dialect;
use super::super::{Config, ConfigError, DEFAULTS};

fn load(text: &str) -> Result<Config, ConfigError> {
    Config::from_figment(&Figment::from(Toml::string(DEFAULTS)).merge(Toml::string(text)))
}

fn problems(text: &str) -> Vec<String> {
    match load(text) {
        Err(ConfigError::Invalid(problems)) => problems,
        other => panic!("{other:?}"),
    }
}

#[test]
fn without_a_key_or_an_address_nobody_is_asked() {
    let config = Config::defaults().unwrap().llm;
    assert!(config.offline());
    assert!(config.asked().is_empty());
}

#[test]
fn a_key_an_address_or_a_list_each_name_who_is_asked() {
    let key = load("[llm]\napi_key = 'k'\nmodel = 'm'").unwrap().llm;
    assert_eq!((key.offline(), key.asked().len(), key.asked()[0].spoken()), (false, 1, Dialect::OpenAi));
    let local = load("[llm]\nbase_url = 'http://127.0.0.1:11434/v1'").unwrap().llm;
    assert_eq!((local.offline(), local.asked()[0].spoken()), (false, Dialect::Compatible));

    let list = load(
        "[llm]\napi_key = 'not for others'\nidle_s = 7\n\
         [[llm.providers]]\nname = 'near'\nbase_url = 'http://gpu:8000/v1'\nmodel = 'q'\nfirst_token_s = 0.5\n\
         [[llm.providers]]\nname = 'far'\nbase_url = 'https://x.openai.azure.com/v1'\nmodel = 'g'\napi_key = 'f'",
    );
    let list = list.unwrap().llm;
    let asked = list.asked();
    assert_eq!(asked.iter().map(|one| one.name.as_str()).collect::<Vec<_>>(), ["near", "far"]);
    let keys: Vec<&str> = asked.iter().map(|one| secrecy::ExposeSecret::expose_secret(&one.api_key)).collect();
    assert_eq!(keys, ["", "f"], "the key of the short form goes to nobody else");
    assert_eq!((asked[0].spoken(), asked[1].spoken()), (Dialect::Compatible, Dialect::OpenAi));
    let patience = list.patience(&asked[0]);
    assert_eq!((patience.first_token.as_millis(), patience.idle.as_secs()), (500, 7));
}

#[test]
fn every_problem_is_named_with_its_place() {
    let text = "[[llm.providers]]\nname = 'Über'\nbase_url = 'ftp://x'\nmodel = ''\n\
                [[llm.providers]]\nname = 'b'\nbase_url = 'https://u:p@x/v1'\nmodel = 'm'\nidle_s = 0.0\n\
                extra = { messages = [] }\nheaders = { 'a b' = 'x' }\nprice = { input = -1.0 }\n\
                [[llm.providers]]\nname = 'b'\nbase_url = 'https://x'\nmodel = 'm'\napi_key_env = 'NOT_SET_ANYWHERE'";
    let found = problems(text);
    let expected = [
        "llm.providers[0].name",
        "llm.providers[0].base_url",
        "llm.providers[0].model",
        "llm.providers[1].base_url",
        "llm.providers[1].headers",
        "llm.providers[1].extra",
        "llm.providers[1].idle_s",
        "llm.providers[1].price",
        "llm.providers[2].name",
        "llm.providers[2].api_key_env",
    ];
    for place in expected {
        assert!(found.iter().any(|problem| problem.starts_with(place)), "{place} is not in {found:#?}");
    }
    assert_eq!(found.len(), expected.len(), "{found:#?}");
}

#[test]
fn secrets_are_shown_as_set_and_never_in_full() {
    let text = "[llm]\napi_key = 'SECRET-1'\n[[llm.providers]]\nname = 'a'\nbase_url = 'https://x'\nmodel = 'm'\n\
                api_key = 'SECRET-2'\nheaders = { 'api-key' = 'SECRET-3' }";
    let config = load(text).unwrap();
    let shown = format!("{config:?} {}", serde_json::to_string(&config).unwrap());
    assert!(!shown.contains("SECRET"), "{shown}");
    assert!(shown.contains(r#""headers":{"api-key":"set"}"#), "{shown}");
}
