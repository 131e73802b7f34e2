//! Lines with gaps.

/// Splits points into runs without a gap: a point without a value ends a run, and so does a distance of more than one and a
/// half times `spacing`. Points are in ascending order of x.
pub(super) fn runs<T>(points: impl IntoIterator<Item = (f64, Option<T>)>, spacing: f64) -> Vec<Vec<(f64, T)>> {
    let mut runs: Vec<Vec<(f64, T)>> = Vec::new();
    let mut last = None;
    for (x, value) in points {
        let Some(value) = value else {
            last = None;
            continue;
        };
        match (last, runs.last_mut()) {
            (Some(before), Some(run)) if x - before <= 1.5 * spacing => run.push((x, value)),
            _ => runs.push(vec![(x, value)]),
        }
        last = Some(x);
    }
    runs
}

/// Moves labels, given by their ascending positions, apart to `distance` and keeps them within `low` and `high`, as little as
/// can be by least squares: an isotonic regression, by pooling neighbours that would overlap (Ayer et al. 1955).
pub(super) fn apart(positions: &[f64], distance: f64, low: f64, high: f64) -> Vec<f64> {
    // Without the room that labels take, they only have to be in order. Each block is a sum and how many it sums up.
    let mut blocks: Vec<(f64, usize)> = Vec::new();
    for (i, position) in positions.iter().enumerate() {
        let mut block = (position - distance * i as f64, 1);
        while let Some(&(sum, count)) = blocks.last()
            && sum / count as f64 > block.0 / block.1 as f64
        {
            blocks.pop();
            block = (block.0 + sum, block.1 + count);
        }
        blocks.push(block);
    }
    let room = distance * positions.len().saturating_sub(1) as f64;
    let moved = blocks.iter().flat_map(|&(sum, count)| std::iter::repeat_n(sum / count as f64, count));
    moved.enumerate().map(|(i, position)| position.min(high - room).max(low) + distance * i as f64).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gaps_break_a_line() {
        let points = [(0.0, Some(1)), (1.0, Some(2)), (2.0, None), (3.0, Some(3)), (5.0, Some(4)), (6.0, Some(5))];
        assert_eq!(runs(points, 1.0), [vec![(0.0, 1), (1.0, 2)], vec![(3.0, 3)], vec![(5.0, 4), (6.0, 5)]]);
    }

    #[test]
    fn labels_keep_apart_and_within() {
        assert_eq!(apart(&[20.0, 22.0, 50.0], 10.0, 0.0, 100.0), [16.0, 26.0, 50.0]);
        assert_eq!(apart(&[], 10.0, 0.0, 100.0), [0.0; 0]);
        assert_eq!(apart(&[95.0, 96.0, 97.0], 10.0, 0.0, 100.0), [80.0, 90.0, 100.0]);
        assert_eq!(apart(&[-5.0, 0.0], 10.0, 0.0, 100.0), [0.0, 10.0]);
    }
}
