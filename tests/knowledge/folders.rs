//! `auterity ingest`: a folder of files, brought in line again and again.

use std::cell::RefCell;
use std::path::Path;

use auterity::knowledge::folder::{FolderError, FolderReport};

use crate::support::TestApp;

async fn ingest(app: &TestApp, folder: &Path, may_empty: bool) -> Result<FolderReport, FolderError> {
    let tenant = app.principal("maria@lakeside.example").await.tenant;
    app.app.state.knowledge.ingest_folder(&tenant, folder, may_empty, |_, _, _| ()).await
}

async fn own(app: &TestApp, query: &str) -> usize {
    let tenant = app.principal("maria@lakeside.example").await.tenant;
    let found = app.app.state.knowledge.search_knowledge(&tenant, query, 20).await.unwrap();
    found.iter().filter(|hit| hit.own).count()
}

#[tokio::test]
async fn a_folder_is_followed_and_a_bad_file_keeps_nobody_out() {
    let app = TestApp::demo().await;
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, content: &[u8]| {
        let path = folder.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, content).unwrap();
    };
    write("a.md", b"# Gate\n\nThe walrus key opens the gate.");
    write("parts/b.txt", b"The zebra shelf holds brake pads.");
    write("parts/broken.pdf", b"%PDF-1.4 broken");
    write(".hidden/c.md", b"nobody means this");
    let report = ingest(&app, folder.path(), false).await.unwrap();
    assert_eq!(report.added, ["a.md", "parts/b.txt"]);
    assert_eq!(report.skipped.len(), 1, "{report:?}");
    assert_eq!(report.skipped[0].0, "parts/broken.pdf");
    assert!(report.skipped[0].1.contains("damaged"), "{report:?}");
    assert_eq!((own(&app, "walrus").await, own(&app, "zebra").await), (1, 1));

    let again = ingest(&app, folder.path(), false).await.unwrap();
    assert_eq!((again.unchanged, again.added.len(), again.changed.len(), again.removed.len()), (2, 0, 0, 0));

    write("a.md", b"# Gate\n\nThe ostrich key opens the gate.");
    std::fs::remove_file(folder.path().join("parts/b.txt")).unwrap();
    let report = ingest(&app, folder.path(), false).await.unwrap();
    assert_eq!((report.changed, report.removed), (vec!["a.md".to_owned()], vec!["parts/b.txt".to_owned()]));
    assert_eq!([own(&app, "walrus").await, own(&app, "ostrich").await, own(&app, "zebra").await], [0, 1, 0]);

    // what was fine stays when its file breaks
    write("a.md", b"\x89PNG");
    let report = ingest(&app, folder.path(), false).await.unwrap();
    assert_eq!((report.skipped.len(), report.removed.len(), own(&app, "ostrich").await), (2, 0, 1));
}

#[tokio::test]
async fn an_interrupted_ingestion_goes_on_where_it_stopped() {
    let app = TestApp::demo().await;
    let folder = tempfile::tempdir().unwrap();
    for n in 0..20 {
        std::fs::write(folder.path().join(format!("{n:02}.md")), format!("Rule {n}: walrus{n}")).unwrap();
    }
    let tenant = app.principal("maria@lakeside.example").await.tenant;
    let (stop, stopped) = (tokio_util::sync::CancellationToken::new(), RefCell::new(0));
    let progress = |done: usize, _: usize, _: &str| {
        *stopped.borrow_mut() = done;
        if done == 7 {
            stop.cancel();
        }
    };
    {
        let knowledge = &app.app.state.knowledge;
        let work = knowledge.ingest_folder(&tenant, folder.path(), false, progress);
        tokio::select! {
            biased;
            () = stop.cancelled() => {}
            report = work => panic!("it was to be interrupted: {report:?}"),
        }
    }
    let after = *stopped.borrow();
    assert!((7..20).contains(&after), "{after}");
    let report = ingest(&app, folder.path(), false).await.unwrap();
    assert_eq!(report.unchanged + report.added.len(), 20, "{report:?}");
    assert!(report.unchanged >= 7 && report.removed.is_empty(), "{report:?}");
    assert_eq!(own(&app, "walrus3").await, 1);
}

#[tokio::test]
async fn an_empty_or_missing_folder_removes_nothing_by_accident() {
    let app = TestApp::demo().await;
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("a.md"), "The walrus key opens the gate.").unwrap();
    ingest(&app, folder.path(), false).await.unwrap();
    std::fs::remove_file(folder.path().join("a.md")).unwrap();
    assert!(matches!(ingest(&app, folder.path(), false).await, Err(FolderError::Empty(1))));
    let gone = ingest(&app, &folder.path().join("nowhere"), false).await;
    assert!(matches!(gone, Err(FolderError::Unreadable(..))), "{gone:?}");
    assert_eq!(own(&app, "walrus").await, 1);
    assert_eq!(ingest(&app, folder.path(), true).await.unwrap().removed, ["a.md"]);
    assert_eq!(own(&app, "walrus").await, 0);
}
