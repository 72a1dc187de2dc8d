//! Two rankings become one: reciprocal rank fusion (Cormack, Clarke and Büttcher, SIGIR 2009). Done on our side, so that
//! both engines give the same order and every result can say how it was found. Pure.

use serde::Serialize;

use super::vector::{Found, Passage, Scored};

/// The constant of the paper: how little the first ranks stand out.
const K: f32 = 60.0;

/// Where a passage stood among those found by one kind of vector.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, utoipa::ToSchema)]
pub struct Place {
    /// From 1.
    pub rank: usize,
    /// BM25, or the cosine of the angle.
    pub score: f32,
}

/// A passage with everything that speaks for it.
#[derive(Debug, Clone, PartialEq)]
pub struct Fused {
    /// The passage.
    pub passage: Passage,
    /// What the order is by: the sum of `1 / (60 + rank)` where there are two rankings, else the score of the one.
    pub score: f32,
    /// Where it stood by words.
    pub words: Option<Place>,
    /// Where it stood by meaning.
    pub meaning: Option<Place>,
}

/// One ranking out of both, best first; ties in the order of document and place.
#[must_use]
pub fn fuse(found: Found) -> Vec<Fused> {
    let both = !found.meaning.is_empty();
    let mut fused: Vec<Fused> = found
        .words
        .into_iter()
        .enumerate()
        .map(|(at, Scored { score, passage })| {
            let place = Place { rank: at + 1, score };
            Fused { passage, score: if both { share(place) } else { score }, words: Some(place), meaning: None }
        })
        .collect();
    for (at, Scored { score, passage }) in found.meaning.into_iter().enumerate() {
        let place = Place { rank: at + 1, score };
        let same = |known: &&mut Fused| {
            let key = |passage: &Passage| (passage.owner.clone(), passage.document.clone(), passage.place);
            key(&known.passage) == key(&passage)
        };
        match fused.iter_mut().find(same) {
            Some(known) => {
                known.score += share(place);
                known.meaning = Some(place);
            }
            None => fused.push(Fused { passage, score: share(place), words: None, meaning: Some(place) }),
        }
    }
    fused.sort_by(|a, b| {
        let place = |fused: &Fused| (fused.passage.document.clone(), fused.passage.place);
        b.score.total_cmp(&a.score).then_with(|| place(a).cmp(&place(b)))
    });
    fused
}

fn share(place: Place) -> f32 {
    #[expect(clippy::cast_precision_loss, reason = "ranks are below a thousand")]
    let rank = place.rank as f32;
    1.0 / (K + rank)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn leg(documents: &[(&str, f32)]) -> Vec<Scored> {
        let scored = |&(document, score): &(&str, f32)| Scored {
            score,
            passage: Passage { document: document.into(), ..Passage::default() },
        };
        documents.iter().map(scored).collect()
    }

    fn order(found: Found) -> Vec<(String, f32)> {
        fuse(found).into_iter().map(|fused| (fused.passage.document, fused.score)).collect()
    }

    #[test]
    fn words_alone_keep_their_scores() {
        let found = Found { words: leg(&[("a", 7.5), ("b", 2.0)]), meaning: Vec::new() };
        assert_eq!(order(found), [("a".to_owned(), 7.5), ("b".to_owned(), 2.0)]);
    }

    #[test]
    fn what_both_find_comes_before_what_one_finds() {
        let found =
            Found { words: leg(&[("a", 9.0), ("b", 8.0), ("c", 7.0)]), meaning: leg(&[("d", 0.9), ("b", 0.8)]) };
        let fused = fuse(found);
        let order: Vec<&str> = fused.iter().map(|fused| fused.passage.document.as_str()).collect();
        assert_eq!(order, ["b", "a", "d", "c"], "a and d tie at rank 1 and stand by their ids");
        assert!((fused[0].score - 2.0 / 62.0).abs() < 1e-6);
        assert_eq!(fused[0].words, Some(Place { rank: 2, score: 8.0 }));
        assert_eq!(fused[0].meaning, Some(Place { rank: 2, score: 0.8 }));
        assert_eq!(fused[2].words, None);
    }
}
