//! The product has no hook: told where to die, it goes on.

use serde_json::Value;

use crate::child;
use crate::seed::Seed;
use crate::server::Server;

#[tokio::test]
async fn the_products_binary_cannot_be_told_to_die() {
    let seed = Seed::make().await;
    let lead = Value::String(include_str!("../fixtures/leads/internet.xml").to_owned());
    let at = "1@lead: before it is recorded";
    let path = "/v1/leads/adf?store_id=lakeside-main";
    let mut hooked = Server::hooked(seed.copy().await, Some(at)).await;
    assert_eq!(hooked.send("POST", path, &seed.maria, Some(&lead)).await.status, 202);
    assert!(hooked.died, "the tests' own server dies there");
    let mut product = Server::product(seed.copy().await, at).await;
    assert_eq!(product.send("POST", path, &seed.maria, Some(&lead)).await.status, 202);
    assert!(!product.died);
    assert!(!product.place.file("points").exists(), "it keeps no list of points");

    let names = |binary: &std::path::Path| {
        let bytes = std::fs::read(binary).unwrap();
        bytes.windows(child::AT.len()).any(|part| part == child::AT.as_bytes())
    };
    assert!(names(&std::env::current_exe().unwrap()));
    assert!(!names(std::path::Path::new(env!("CARGO_BIN_EXE_auterity"))));
}
