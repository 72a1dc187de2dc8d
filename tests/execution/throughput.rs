//! Not a timed test: prints how many three-step executions a second go through. Run it with `--run-ignored only`.

use std::time::Instant;

use serde_json::json;

use crate::lab::{Lab, Script};

const THREE_STEPS: &str = r#"
do:
  - one: { call: notify_user, with: { to: requester, message: '1' } }
  - two: { call: notify_user, with: { to: requester, message: '2' } }
  - three: { call: notify_user, with: { to: requester, message: '3' } }
"#;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "a measurement, not a check"]
async fn three_step_executions_a_second() {
    const COUNT: usize = 2_000;
    let lab = Lab::new(Script::new()).await;
    let _engine = lab.engine();
    let began = Instant::now();
    let starters = (0..32).map(|_| async {
        for _ in 0..COUNT / 32 {
            let id = lab.run_tasks(THREE_STEPS, json!({})).await;
            while !lab.find(&id).await.status.is_over() {
                tokio::time::sleep(std::time::Duration::from_millis(25)).await;
            }
        }
    });
    futures::future::join_all(starters).await;
    let seconds = began.elapsed().as_secs_f64();
    println!("{:.0} executions/s at concurrency 32", (COUNT / 32 * 32) as f64 / seconds);
}
