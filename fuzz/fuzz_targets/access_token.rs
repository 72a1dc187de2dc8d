//! Access tokens: whatever is sent, nobody gets in with a token that was not given out.
#![no_main]

use std::sync::{Arc, LazyLock};

use auterity::auth::Service;
use auterity::config::Config;
use auterity::model::SystemClock;
use auterity::store::Database;
use libfuzzer_sys::fuzz_target;
use tokio::runtime::Runtime;

static DOOR: LazyLock<(Runtime, Service)> = LazyLock::new(|| {
    let runtime = Runtime::new().expect("a runtime");
    let service = runtime.block_on(async {
        let file = std::env::temp_dir().join(format!("auterity-fuzz-{}.db", std::process::id()));
        let db = Database::connect(&format!("sqlite:{}", file.display())).await.expect("a database");
        db.migrate().await.expect("a schema");
        let config = Config::defaults().expect("the defaults");
        let service = Service::new(db, Arc::new(SystemClock), config.auth);
        service.prepare().await.expect("a key");
        service
    });
    (runtime, service)
});

fuzz_target!(|data: &[u8]| {
    let Ok(token) = std::str::from_utf8(data) else { return };
    let (runtime, service) = &*DOOR;
    assert!(runtime.block_on(service.verify(token)).is_err(), "somebody got in");
});
