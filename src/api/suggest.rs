//! "Did you mean": the word of a list that is written most like another.

/// Words that differ in more places than this are not the same word.
const MOST_EDITS: usize = 2;

/// The nearest word: the same but for case, or with at most two letters added, lost, changed or swapped.
pub fn nearest<'a>(word: &str, words: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let lower = word.to_lowercase();
    let limit = MOST_EDITS.min(word.chars().count() / 2);
    let scored = words.into_iter().map(|known| (edits(&lower, &known.to_lowercase()), known));
    scored.filter(|(score, _)| *score <= limit).min_by_key(|(score, known)| (*score, known.len())).map(|(_, known)| known)
}

/// Letters to add, lose, change or swap with their neighbour to make one word of the other.
fn edits(left: &str, right: &str) -> usize {
    let (left, right): (Vec<char>, Vec<char>) = (left.chars().collect(), right.chars().collect());
    let mut before: Vec<usize> = Vec::new();
    let mut row: Vec<usize> = (0..=right.len()).collect();
    for (i, a) in left.iter().enumerate() {
        let mut next = vec![i + 1];
        for (j, b) in right.iter().enumerate() {
            let change = row[j] + usize::from(a != b);
            let mut best = change.min(row[j + 1] + 1).min(next[j] + 1);
            if i > 0 && j > 0 && *a == right[j - 1] && left[i - 1] == *b {
                best = best.min(before[j - 1] + 1);
            }
            next.push(best);
        }
        before = std::mem::replace(&mut row, next);
    }
    row[right.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn near_words_are_found_and_far_ones_are_not() {
        let fields = ["image", "imagePullPolicy", "name", "ports", "env"];
        assert_eq!(nearest("images", fields), Some("image"));
        assert_eq!(nearest("imagepullpolicy", fields), Some("imagePullPolicy"));
        assert_eq!(nearest("nmae", fields), Some("name"));
        assert_eq!(nearest("port", fields), Some("ports"));
        assert_eq!(nearest("replicas", fields), None);
    }
}
