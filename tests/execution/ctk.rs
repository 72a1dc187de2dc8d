//! The Conformance Test Kit of the DSL (`CONFORMANCE_DIR`), run through our engine: the scenarios that need no network
//! pass, all of them and no other number; those that call other people's servers are listed by name.

use std::path::PathBuf;

use auterity::execution::interpreter::TASKS;
use auterity::model::ExecutionStatus;
use auterity::store::executions::Execution;
use serde_json::Value;

use crate::lab::{Heard, Lab, Script};

/// Scenarios that pass here.
const OFFLINE: usize = 12;
/// Scenarios that need servers of other people; calls of protocols belong to another module.
const NETWORK: [&str; 9] = [
    "Call HTTP With Content Output",
    "Call HTTP With Response Output",
    "Call HTTP Using Basic Authentication",
    "Call OpenAPI With Content Output",
    "Call OpenAPI With Response Output",
    "Output Filtering",
    "Use Non-object Output",
    "Try Handle Caught Error",
    "Try Raise Uncaught Error",
];

struct Scenario {
    name: String,
    steps: Vec<(String, Option<Value>)>,
}

/// Reads a feature file: scenarios, and their steps with the YAML below them.
fn scenarios(text: &str) -> Vec<Scenario> {
    let mut found: Vec<Scenario> = Vec::new();
    let mut lines = text.lines();
    while let Some(line) = lines.next() {
        let line = line.trim();
        if let Some(name) = line.strip_prefix("Scenario:") {
            found.push(Scenario { name: name.trim().to_owned(), steps: Vec::new() });
        } else if line.starts_with("\"\"\"") {
            let body: Vec<&str> = lines.by_ref().take_while(|line| !line.trim().starts_with("\"\"\"")).collect();
            let steps = &mut found.last_mut().unwrap().steps;
            steps.last_mut().unwrap().1 = Some(serde_saphyr::from_str(&dedent(&body)).unwrap());
        } else if let Some((word, rest)) = line.split_once(' ')
            && matches!(word, "Given" | "When" | "Then" | "And")
            && let Some(scenario) = found.last_mut()
        {
            // "And given the workflow input is:" begins a second time
            scenario.steps.push((rest.trim_start_matches("given ").to_owned(), None));
        }
    }
    found
}

fn dedent(lines: &[&str]) -> String {
    let indent = |line: &&str| line.len() - line.trim_start().len();
    let least = lines.iter().filter(|line| !line.trim().is_empty()).map(indent).min().unwrap_or(0);
    lines.iter().map(|line| line.get(least..).unwrap_or("")).collect::<Vec<_>>().join("\n")
}

fn at<'a>(output: &'a Value, dotted: &str) -> Option<&'a Value> {
    dotted.split('.').try_fold(output, |value, key| value.get(key))
}

fn quoted(text: &str) -> Vec<&str> {
    text.split('\'').skip(1).step_by(2).collect()
}

/// Whether what a step of a scenario says is so; a step nobody knows fails the test.
fn holds(step: &str, expected: Option<&Value>, end: &Execution, ran: &[String]) -> bool {
    let output = end.output.clone().unwrap_or_default();
    let task = step.split(' ').next().unwrap_or_default();
    let place = |name: &str| ran.iter().position(|task| task == name);
    match step {
        "the workflow should complete" => end.status == ExecutionStatus::Completed,
        "the workflow should complete with output:" => {
            end.status == ExecutionStatus::Completed && Some(&output) == expected
        }
        "the workflow should fault" => end.status == ExecutionStatus::Faulted,
        "the workflow should fault with error:" => {
            let error = end.error.clone().unwrap_or_default();
            let fields = expected.unwrap().as_object().unwrap();
            end.status == ExecutionStatus::Faulted && fields.iter().all(|(name, value)| error.get(name) == Some(value))
        }
        _ if step.starts_with("the workflow output should have properties ") => {
            quoted(step).iter().all(|name| at(&output, name).is_some())
        }
        _ if step.starts_with("the workflow output should have a ") && step.ends_with("property with value:") => {
            at(&output, quoted(step)[0]) == expected
        }
        _ if step.starts_with("the workflow output should have a ") && step.ends_with(" items") => {
            let count = step.split(' ').rev().nth(1).and_then(|word| word.parse().ok());
            at(&output, quoted(step)[0]).and_then(Value::as_array).map(Vec::len) == count
        }
        _ if step.ends_with(" should run first") => place(task) == Some(0),
        _ if step.ends_with(" should run last") => place(task) == Some(ran.len() - 1),
        _ if step.contains(" should run after ") => {
            let before = step.rsplit(' ').next().unwrap_or_default();
            place(before).is_some() && place(before) < place(task)
        }
        _ => panic!("teach this test about: {step}"),
    }
}

async fn passes(lab: &Lab, scenario: &Scenario) -> bool {
    let given = |name: &str| {
        let step = scenario.steps.iter().find(|(step, _)| step.starts_with(name));
        step.and_then(|(_, value)| value.clone())
    };
    let definition = given("a workflow with definition:").unwrap().to_string();
    let trace = Heard::of(TASKS, "path");
    let guard = tracing::subscriber::set_default(trace.clone());
    let id = lab.start(&definition, given("the workflow input is:").unwrap_or_default()).await;
    let end = lab.until(&id, |execution| execution.status.is_over()).await;
    drop(guard);
    let last = |path: String| path.rsplit('/').next().unwrap_or_default().to_owned();
    let ran: Vec<String> = trace.lines().into_iter().map(last).collect();
    scenario.steps.iter().all(|(step, expected)| {
        let given = ["a workflow with definition:", "the workflow input is:", "the workflow is executed"];
        let fine = given.contains(&step.as_str()) || holds(step, expected.as_ref(), &end, &ran);
        if !fine {
            eprintln!("{}: {step}: {end:?}, ran {ran:?}", scenario.name);
        }
        fine
    })
}

#[tokio::test]
async fn exactly_the_offline_scenarios_of_the_test_kit_pass() {
    let Some(folder) = std::env::var_os("CONFORMANCE_DIR").map(PathBuf::from) else {
        eprintln!("skipped: CONFORMANCE_DIR is not set");
        return;
    };
    let mut all = Vec::new();
    for entry in std::fs::read_dir(folder.join("swf/ctk")).unwrap() {
        all.extend(scenarios(&std::fs::read_to_string(entry.unwrap().path()).unwrap()));
    }
    assert_eq!(all.len(), OFFLINE + NETWORK.len());
    let (network, offline): (Vec<_>, Vec<_>) =
        all.iter().partition(|scenario| NETWORK.contains(&scenario.name.as_str()));
    assert_eq!(network.len(), NETWORK.len());
    for scenario in network {
        eprintln!("skipped, needs the network: {}", scenario.name);
    }
    let lab = Lab::new(Script::new()).await;
    let _engine = lab.engine();
    let mut passed = 0;
    for scenario in offline {
        passed += usize::from(passes(&lab, scenario).await);
    }
    assert_eq!(passed, OFFLINE);
}
