//! The floor plan is law: who may import whom, and how large a file may be.
#![expect(clippy::unwrap_used, reason = "a test may stop at the first surprise")]

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// Room → the rooms it may import (besides itself). A room that is not listed does not exist.
const ALLOWED: &[(&str, &[&str])] = &[
    // floor 0
    ("model", &[]),
    ("config", &[]),
    // floor 1
    ("contact", &["model"]),
    ("workflow", &["model", "contact"]),
    ("planner", &["model", "workflow", "contact"]),
    // floor 2
    ("llm", &["model", "config", "planner", "workflow"]),
    ("store", &["model", "config", "workflow"]),
    ("events", &["model", "config"]),
    ("prompts", &["model", "config", "workflow"]),
    ("limits", &["model", "config"]),
    ("telemetry", &["model", "config"]),
    // floor 3
    ("auth", &[MODEL, CONFIG, "store", "events", "limits", "telemetry"]),
    ("knowledge", &[MODEL, CONFIG, "workflow", "llm", "store", "events", "telemetry"]),
    ("approvals", &[MODEL, CONFIG, "workflow", "contact", "store", "events", "telemetry", "auth"]),
    (
        "execution",
        &[MODEL, CONFIG, "workflow", "contact", "planner", "store", "events", "llm", "telemetry", "approvals", "auth"],
    ),
    (
        "tools",
        &[
            MODEL,
            CONFIG,
            "workflow",
            "contact",
            "planner",
            "llm",
            "store",
            "events",
            "prompts",
            "telemetry",
            "approvals",
            "execution",
            "knowledge",
            "auth",
        ],
    ),
    // floor 4
    (
        "chat",
        &[
            MODEL,
            CONFIG,
            "workflow",
            "contact",
            "planner",
            "llm",
            "store",
            "events",
            "prompts",
            "limits",
            "telemetry",
            "auth",
            "knowledge",
            "approvals",
            "execution",
            "tools",
        ],
    ),
    // floor 5
    (
        "http",
        &[
            MODEL,
            CONFIG,
            "workflow",
            "contact",
            "planner",
            "llm",
            "store",
            "events",
            "prompts",
            "limits",
            "telemetry",
            "auth",
            "knowledge",
            "approvals",
            "execution",
            "tools",
            "chat",
        ],
    ),
];
const MODEL: &str = "model";
const CONFIG: &str = "config";

/// Assembly may import everything.
const ASSEMBLY: [&str; 4] = ["lib", "main", "cli", "app"];

/// Rooms without async, SQL, clocks or I/O.
const PURE: [&str; 4] = ["model", "workflow", "contact", "planner"];
const IMPURE_WORDS: [&str; 8] =
    ["async fn", "tokio::", "std::fs", "std::net", "reqwest::", "Utc::now", "Local::now", "SystemTime::now"];

const MAX_LINES: usize = 600;
const MAX_MEDIAN: usize = 150;

fn sources() -> Vec<(String, String, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut files = Vec::new();
    collect(&root, &mut files);
    files.sort();
    files
        .into_iter()
        .map(|path| {
            let relative = path.strip_prefix(&root).unwrap().to_string_lossy().replace('\\', "/");
            let room = relative.split('/').next().unwrap().trim_end_matches(".rs").to_owned();
            let text = fs::read_to_string(&path).unwrap();
            (room, relative, text)
        })
        .collect()
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            collect(&path, files);
        } else if path.extension().is_some_and(|e| e == "rs") {
            files.push(path);
        }
    }
}

fn is_test(path: &str) -> bool {
    path.ends_with("_tests.rs") || path.ends_with("/tests.rs")
}

/// Rooms named in `crate::room` paths, outside comments.
fn imports(text: &str) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for line in text.lines().filter(|line| !line.trim_start().starts_with("//")) {
        for (at, _) in line.match_indices("crate::") {
            let rest = &line[at + "crate::".len()..];
            if let Some(group) = rest.strip_prefix('{') {
                for item in group.split('}').next().unwrap_or_default().split(',') {
                    found.insert(item.trim().split("::").next().unwrap_or_default().to_owned());
                }
            } else {
                found.insert(rest.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect());
            }
        }
    }
    found.remove("");
    found
}

#[test]
fn nobody_imports_upward() {
    let mut wrong = Vec::new();
    for (room, path, text) in sources() {
        if ASSEMBLY.contains(&room.as_str()) || is_test(&path) {
            continue;
        }
        let Some((_, allowed)) = ALLOWED.iter().find(|(name, _)| *name == room) else {
            wrong.push(format!("{path}: the floor plan has no room `{room}`"));
            continue;
        };
        for import in imports(&text) {
            if import != room && !allowed.contains(&import.as_str()) {
                wrong.push(format!("{path}: `{room}` may not import `{import}`"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn pure_rooms_stay_pure() {
    let mut wrong = Vec::new();
    for (room, path, text) in sources() {
        // model/clock.rs is the one place that reads the machine's clock
        if !PURE.contains(&room.as_str()) || path == "model/clock.rs" {
            continue;
        }
        for line in text.lines().filter(|line| !line.trim_start().starts_with("//")) {
            for word in IMPURE_WORDS {
                if line.contains(word) {
                    wrong.push(format!("{path}: `{word}` in a pure room: {}", line.trim()));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn files_stay_small() {
    let mut sizes: Vec<(usize, String)> = sources()
        .into_iter()
        .filter(|(_, path, _)| !is_test(path))
        .map(|(_, path, text)| (text.lines().count(), path))
        .collect();
    sizes.sort();
    let (largest, path) = sizes.last().unwrap();
    assert!(*largest <= MAX_LINES, "{path} has {largest} lines; split it by meaning");
    let median = sizes[sizes.len() / 2].0;
    assert!(median <= MAX_MEDIAN, "the median file has {median} lines; aim at {MAX_MEDIAN}");
}

/// The tour of the README names every room, and nothing that is not there.
#[test]
fn the_tour_names_every_room_and_only_what_exists() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let readme = fs::read_to_string(root.join("README.md")).unwrap();
    let tour = readme.split("## A tour of the code").nth(1).unwrap().split("\n## ").next().unwrap();
    let links: Vec<&str> = tour.split("](").skip(1).filter_map(|rest| rest.split(')').next()).collect();
    for link in &links {
        assert!(root.join(link).exists(), "the tour leads to {link}, which is not there");
    }
    for (room, _) in ALLOWED {
        assert!(links.contains(&format!("src/{room}").as_str()), "the tour passes by src/{room}");
    }
}
