//! Settings: embedded `defaults.toml` ← a file ← the environment. Plain data; knows nothing of what it configures.
//!
//! Environment names are `AUTERITY_<SECTION>__<KEY>`; the conventional names (`DATABASE_URL`, `OPENAI_API_KEY` …) win
//! over them, because that is what platforms set.

use std::path::Path;

use figment::Figment;
use figment::providers::{Env, Format, Toml};
use serde::{Deserialize, Serialize};

mod approvals;
mod auth;
mod budget;
mod data;
mod execution;
mod knowledge;
mod limits;
mod llm;
mod provider;
mod server;
mod telemetry;

pub use approvals::ApprovalsConfig;
pub use auth::AuthConfig;
pub use budget::BudgetConfig;
pub use data::DataConfig;
pub use execution::ExecutionConfig;
pub use knowledge::{KnowledgeConfig, LARGEST_FILE};
pub use limits::{LimitsConfig, Rate};
pub use llm::{LlmConfig, Patience};
pub use provider::{Dialect, Price, ProviderConfig};
pub use server::ServerConfig;
pub use telemetry::{LogFormat, TelemetryConfig};

/// The commented defaults; also the reference documentation of every key.
pub const DEFAULTS: &str = include_str!("defaults.toml");

/// Everything that can be set.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// Where and how the server listens.
    pub server: ServerConfig,
    /// Where rows, vectors and keys live.
    pub data: DataConfig,
    /// Sign-in and tokens.
    pub auth: AuthConfig,
    /// How often a caller may ask.
    pub limits: LimitsConfig,
    /// The language model.
    pub llm: LlmConfig,
    /// What it may spend.
    pub budget: BudgetConfig,
    /// The execution engine.
    pub execution: ExecutionConfig,
    /// What is searched.
    pub knowledge: KnowledgeConfig,
    /// The approval queue.
    pub approvals: ApprovalsConfig,
    /// Logs.
    pub telemetry: TelemetryConfig,
}

/// Why settings cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// A file or variable has an unknown key or a value of the wrong type.
    #[error("the settings cannot be read")]
    Unreadable(#[source] Box<figment::Error>),
    /// The settings contradict themselves or the law of the section.
    #[error("{}", .0.join("; "))]
    Invalid(Vec<String>),
}

/// Conventional variable → key.
const CONVENTIONAL: [(&str, &str); 10] = [
    ("DATABASE_URL", "data.database_url"),
    ("REDIS_URL", "data.redis_url"),
    ("QDRANT_URL", "knowledge.qdrant_url"),
    ("QDRANT_API_KEY", "knowledge.qdrant_api_key"),
    ("EMBEDDING_MODEL", "knowledge.embedding_model"),
    ("EMBEDDING_BASE_URL", "knowledge.embedding_base_url"),
    ("EMBEDDING_API_KEY", "knowledge.embedding_api_key"),
    ("OPENAI_API_KEY", "llm.api_key"),
    ("OPENAI_BASE_URL", "llm.base_url"),
    ("RUST_LOG", "telemetry.filter"),
];

impl Config {
    /// Loads defaults, then `file` when given, then the environment, and validates.
    ///
    /// # Errors
    /// [`ConfigError`], with every problem found, not only the first.
    pub fn load(file: Option<&Path>) -> Result<Self, ConfigError> {
        let mut figment = Figment::from(Toml::string(DEFAULTS));
        if let Some(path) = file {
            figment = figment.merge(Toml::file_exact(path));
        }
        figment = figment.merge(Env::prefixed("AUTERITY_").split("__"));
        for (variable, key) in CONVENTIONAL {
            figment = figment.merge(Env::raw().only(&[variable]).map(move |_| key.into()));
        }
        Self::from_figment(&figment)
    }

    /// The defaults alone; what tests start from.
    ///
    /// # Errors
    /// Never, unless `defaults.toml` is broken.
    pub fn defaults() -> Result<Self, ConfigError> {
        Self::from_figment(&Figment::from(Toml::string(DEFAULTS)))
    }

    fn from_figment(figment: &Figment) -> Result<Self, ConfigError> {
        let mut config: Self = figment.extract().map_err(|e| ConfigError::Unreadable(Box::new(e)))?;
        let mut problems = config.resolve_keys();
        config.find_problems(&mut problems);
        if problems.is_empty() { Ok(config) } else { Err(ConfigError::Invalid(problems)) }
    }

    /// Takes keys that the settings only name out of the environment; says which are not there.
    fn resolve_keys(&mut self) -> Vec<String> {
        let mut problems = Vec::new();
        for (at, provider) in self.llm.providers.iter_mut().enumerate() {
            if let Err(variable) = provider.resolve_key(Env::var) {
                problems.push(format!("llm.providers[{at}].api_key_env: {variable} is not set"));
            }
        }
        problems
    }

    /// Checks every section.
    ///
    /// # Errors
    /// [`ConfigError::Invalid`] with all problems.
    pub fn validate(&self) -> Result<(), ConfigError> {
        let mut problems = Vec::new();
        self.find_problems(&mut problems);
        if problems.is_empty() { Ok(()) } else { Err(ConfigError::Invalid(problems)) }
    }

    fn find_problems(&self, problems: &mut Vec<String>) {
        self.server.validate(problems);
        self.data.validate(problems);
        self.auth.validate(problems);
        self.limits.validate(problems);
        self.llm.validate(problems);
        self.budget.validate(problems);
        self.execution.validate(problems);
        self.knowledge.validate(problems);
        self.approvals.validate(problems);
    }
}
