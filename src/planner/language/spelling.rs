//! Typos: a word nobody knows is read as the nearest word of the lexicon, when there is exactly one that near.

use super::lexicon::Lexicon;

/// The word meant, or `None` when nothing is near enough.
pub fn mend(word: &str, lexicon: &Lexicon) -> Option<String> {
    let length = word.chars().count();
    let reach = match length {
        0..=4 => return None,
        5..=7 => 1,
        _ => 2,
    };
    let letters: Vec<char> = word.chars().collect();
    let mut best: Option<(usize, &str)> = None;
    let mut ties = 0;
    for known in lexicon.vocabulary() {
        if known.len().abs_diff(word.len()) > reach
            || known.len() < 5
            || known.chars().next() != letters.first().copied()
        {
            continue;
        }
        let distance = distance(&letters, &known.chars().collect::<Vec<_>>());
        if distance > reach {
            continue;
        }
        match best {
            Some((least, _)) if distance > least => {}
            Some((least, _)) if distance == least => ties += 1,
            _ => {
                best = Some((distance, known));
                ties = 0;
            }
        }
    }
    best.filter(|_| ties == 0).map(|(_, word)| word.to_owned())
}

/// Edit distance with neighbours swapped counted once (optimal string alignment).
fn distance(a: &[char], b: &[char]) -> usize {
    let width = b.len() + 1;
    let mut rows = vec![0; (a.len() + 1) * width];
    for i in 0..=a.len() {
        rows[i * width] = i;
    }
    for (j, cell) in rows.iter_mut().enumerate().take(width) {
        *cell = j;
    }
    for i in 1..=a.len() {
        for j in 1..width {
            let cost = usize::from(a[i - 1] != b[j - 1]);
            let mut least = (rows[(i - 1) * width + j] + 1)
                .min(rows[i * width + j - 1] + 1)
                .min(rows[(i - 1) * width + j - 1] + cost);
            if i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] {
                least = least.min(rows[(i - 2) * width + j - 2] + 1);
            }
            rows[i * width + j] = least;
        }
    }
    rows[a.len() * width + b.len()]
}
