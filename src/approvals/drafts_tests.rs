use chrono::DateTime;

use super::*;
use crate::model::UserId;

fn history(origins: &[RevisionOrigin]) -> Vec<RevisionSummary> {
    let entry = |(index, origin): (usize, &RevisionOrigin)| RevisionSummary {
        revision: i64::try_from(index).unwrap() + 1,
        author_id: UserId::derive("sam"),
        digest: String::new(),
        origin: *origin,
        created_at: DateTime::UNIX_EPOCH,
    };
    origins.iter().enumerate().map(entry).collect()
}

#[test]
fn undo_goes_back_as_far_as_there_is_content() {
    use RevisionOrigin::{Chat, Form, Restore, Undo};
    let cases: &[(&[RevisionOrigin], Option<i64>)] = &[
        (&[Chat], None),
        (&[Chat, Form], Some(1)),
        (&[Chat, Form, Chat], Some(2)),
        (&[Chat, Form, Chat, Undo], Some(1)),
        (&[Chat, Form, Chat, Undo, Undo], None),
        (&[Chat, Form, Undo, Chat], Some(1)),
        (&[Chat, Form, Undo, Restore], Some(1)),
        (&[Chat, Form, Undo, Restore, Chat], Some(4)),
    ];
    for (origins, expected) in cases {
        assert_eq!(undo_target(&history(origins)), *expected, "{origins:?}");
    }
}
