//! "Did you mean": the candidate a slip of the finger away.

/// Longer words are not compared: nobody mistypes a name of that length by accident, and the comparison is quadratic.
const LONGEST: usize = 64;

/// The candidate nearest to `wrong` by edit distance (neighbouring letters swapped count once), if one is near enough: at
/// most one slip per three characters.
pub fn nearest<'a>(wrong: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let wrong: Vec<char> = wrong.trim().to_lowercase().chars().collect();
    if wrong.is_empty() || wrong.len() > LONGEST {
        return None;
    }
    let mut best: Option<(usize, &str)> = None;
    for candidate in candidates {
        let letters: Vec<char> = candidate.to_lowercase().chars().take(LONGEST + 1).collect();
        let allowed = (wrong.len().max(letters.len()) / 3).max(1);
        if letters.len() > LONGEST || letters.len().abs_diff(wrong.len()) > allowed {
            continue;
        }
        let distance = distance(&wrong, &letters);
        // A word with every character exchanged is another word.
        if distance <= allowed && distance < wrong.len() && best.is_none_or(|(d, _)| distance < d) {
            best = Some((distance, candidate));
        }
    }
    best.map(|(_, c)| c)
}

/// Optimal string alignment distance.
fn distance(a: &[char], b: &[char]) -> usize {
    let mut before: Vec<usize> = Vec::new();
    let mut last: Vec<usize> = (0..=b.len()).collect();
    for i in 1..=a.len() {
        let mut row = vec![i; b.len() + 1];
        for j in 1..=b.len() {
            let changed = last[j - 1] + usize::from(a[i - 1] != b[j - 1]);
            row[j] = changed.min(last[j] + 1).min(row[j - 1] + 1);
            if i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] {
                row[j] = row[j].min(before[j - 2] + 1);
            }
        }
        before = std::mem::replace(&mut last, row);
    }
    last[b.len()]
}
