//! Frames as rows of `run_events`. One row holds frames whose numbers follow each other: `seq` is the first one's, `body`
//! a line for each. Their JSON text has no line breaks of its own. By the first number, because two processes that
//! drive the same run begin with the same one, and only one of them can store it.

use chrono::{DateTime, Utc};

use crate::model::run::Frame;
use crate::model::{RunId, TenantId};

/// Rows that one statement inserts: few different texts, so that each is prepared once.
const AT_ONCE: [usize; 3] = [64, 8, 1];

/// A row of `run_events`.
#[derive(Debug)]
pub(super) struct FrameRow<'a> {
    pub(super) run: &'a RunId,
    pub(super) seq: i64,
    pub(super) tenant: &'a TenantId,
    pub(super) body: String,
    pub(super) at: DateTime<Utc>,
}

/// Inserts rows, within a transaction.
macro_rules! insert_frames {
    ($tx:expr, $rows:expr) => {
        let rows: Vec<$crate::store::frames::FrameRow<'_>> = $rows;
        for rows in $crate::store::frames::portions(&rows) {
            let mut query =
                sqlx::QueryBuilder::new("insert into run_events (run_id, seq, tenant_id, body, created_at) ");
            query.push_values(rows, |mut row, frames| {
                row.push_bind(frames.run).push_bind(frames.seq).push_bind(frames.tenant);
                row.push_bind(&frames.body).push_bind(frames.at);
            });
            query.build().execute(&mut *$tx).await?;
        }
    };
}

/// The rows in portions of [`AT_ONCE`].
pub(super) fn portions<T>(rows: &[T]) -> impl Iterator<Item = &[T]> {
    let mut left = rows;
    std::iter::from_fn(move || {
        let count = AT_ONCE.into_iter().find(|count| *count <= left.len())?;
        let (portion, rest) = left.split_at(count);
        left = rest;
        Some(portion)
    })
}

/// A run's frames as rows.
pub(super) fn rows<'a>(
    tenant: &'a TenantId,
    run: &'a RunId,
    frames: &[Frame],
    at: DateTime<Utc>,
) -> impl Iterator<Item = FrameRow<'a>> {
    packed(frames).map(move |(seq, body)| FrameRow { run, seq, tenant, body, at })
}

fn packed(frames: &[Frame]) -> impl Iterator<Item = (i64, String)> {
    frames.chunk_by(|one, next| one.seq + 1 == next.seq).filter_map(|followers| {
        let bodies: Vec<&str> = followers.iter().map(|frame| frame.body.as_str()).collect();
        Some((followers.first()?.seq, bodies.join("\n")))
    })
}

/// The frames of a row.
pub(super) fn frames(first: i64, body: &str) -> impl Iterator<Item = Frame> {
    (first..).zip(body.split('\n')).map(|(seq, body)| Frame { seq, body: body.to_owned() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames_come_back_as_they_were_put_into_rows() {
        let frame = |seq: i64| Frame { seq, body: format!(r#"{{"n":{seq},"text":"a\nb"}}"#) };
        for numbers in [vec![], vec![1], vec![1, 2, 3], vec![4, 5, 1006, 1007, 1009]] {
            let whole: Vec<Frame> = numbers.iter().map(|seq| frame(*seq)).collect();
            let stored: Vec<(i64, String)> = packed(&whole).collect();
            let back: Vec<Frame> = stored.iter().flat_map(|(first, body)| frames(*first, body)).collect();
            assert_eq!(back, whole);
        }
        assert_eq!(packed(&[frame(4), frame(5), frame(9)]).map(|(seq, _)| seq).collect::<Vec<_>>(), [4, 9]);
    }

    #[test]
    fn every_row_is_in_one_portion() {
        for count in [0_usize, 1, 7, 8, 9, 63, 64, 200] {
            let rows: Vec<usize> = (0..count).collect();
            let portions: Vec<&[usize]> = portions(&rows).collect();
            assert_eq!(portions.concat(), rows);
            assert!(portions.iter().all(|portion| AT_ONCE.contains(&portion.len())));
        }
    }
}
