//! What a starting server says: where it is, who can sign in, what is embedded and what would replace it.

use std::net::SocketAddr;

use crate::config::Config;

/// Accounts of the sample dealership worth trying; all have the same password.
const DEMO: [(&str, &str); 4] = [
    ("sam@lakeside.example", "salesperson"),
    ("maria@lakeside.example", "sales manager"),
    ("grace@lakeside.example", "general manager"),
    ("alex@lakeside.example", "administrator"),
];

/// The text, ready to print.
pub(super) fn text(config: &Config, address: SocketAddr, demo: bool, database: &str) -> String {
    let mut lines = vec![format!("Auterity is at http://{address}"), String::new()];
    if demo {
        lines.push("Sign in to the sample dealership, Lakeside Toyota (password: demo)".to_owned());
        lines.extend(DEMO.iter().map(|(email, role)| format!("  {email:<26}{role}")));
        lines.push(String::new());
    }
    let folder = config.data.dir.display();
    let rows = if config.data.database_url.is_empty() {
        format!("SQLite in {folder}   (DATABASE_URL for PostgreSQL)")
    } else {
        database.to_owned()
    };
    let model = if config.llm.offline() {
        "built-in offline planner   (OPENAI_API_KEY, OPENAI_BASE_URL for a language model)".to_owned()
    } else {
        let asked = config.llm.asked();
        let names: Vec<String> = asked.iter().map(|one| format!("{} at {}", one.model, one.base_url)).collect();
        names.join(", then ")
    };
    lines.push("What it runs on".to_owned());
    lines.push(format!("  rows        {rows}"));
    lines.push(format!("  model       {model}"));
    lines.push(format!("  vectors     Qdrant Edge in {folder}/vectors"));
    lines.push("  execution   journal in the same database; messages go to the outbox, not to people".to_owned());
    lines.push("  interface   /docs".to_owned());
    lines.join("\n")
}
