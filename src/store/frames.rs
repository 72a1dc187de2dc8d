//! Frames as rows of `run_events`. One row holds frames whose numbers follow each other: `seq` is the last one's, `body`
//! a line for each. Their JSON text has no line breaks of its own.

use crate::model::run::Frame;

pub(super) const INSERT_FRAMES: &str =
    "insert into run_events (run_id, seq, tenant_id, body, created_at) values ($1, $2, $3, $4, $5)";

/// Frames as rows.
pub(super) fn rows(frames: &[Frame]) -> impl Iterator<Item = (i64, String)> {
    frames.chunk_by(|one, next| one.seq + 1 == next.seq).filter_map(|followers| {
        let bodies: Vec<&str> = followers.iter().map(|frame| frame.body.as_str()).collect();
        Some((followers.last()?.seq, bodies.join("\n")))
    })
}

/// The frames of a row.
pub(super) fn frames(last: i64, body: &str) -> impl Iterator<Item = Frame> {
    let count = i64::try_from(body.split('\n').count()).unwrap_or(i64::MAX);
    (last - count + 1..=last).zip(body.split('\n')).map(|(seq, body)| Frame { seq, body: body.to_owned() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames_come_back_as_they_were_put_into_rows() {
        let frame = |seq: i64| Frame { seq, body: format!(r#"{{"n":{seq},"text":"a\nb"}}"#) };
        for numbers in [vec![], vec![1], vec![1, 2, 3], vec![4, 5, 1006, 1007, 1009]] {
            let whole: Vec<Frame> = numbers.iter().map(|seq| frame(*seq)).collect();
            let stored: Vec<(i64, String)> = rows(&whole).collect();
            let back: Vec<Frame> = stored.iter().flat_map(|(last, body)| frames(*last, body)).collect();
            assert_eq!(back, whole);
        }
        assert_eq!(rows(&[frame(4), frame(5), frame(9)]).map(|(seq, _)| seq).collect::<Vec<_>>(), [5, 9]);
    }
}
