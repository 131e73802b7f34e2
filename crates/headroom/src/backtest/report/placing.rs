//! Where labels of points go, so that none lies on another.

use trainer::report::canvas::LETTER;

/// Pixels from a point to the nearest letter of its label.
const GAP: f64 = 8.0;

/// Pixels from the middle of one line of letters to that of the next.
const LINE: f64 = 14.0;

/// The room of a picture, and what of it is taken.
pub(super) struct Room {
    width: f64,
    height: f64,
    taken: Vec<Area>,
}

#[derive(Debug, Clone, Copy)]
struct Area {
    middle: (f64, f64),
    size: (f64, f64),
}

impl Area {
    fn meets(&self, other: &Self) -> bool {
        (self.middle.0 - other.middle.0).abs() * 2.0 < self.size.0 + other.size.0
            && (self.middle.1 - other.middle.1).abs() * 2.0 < self.size.1 + other.size.1
    }
}

impl Room {
    /// An empty one of so many pixels.
    pub(super) fn new(width: f64, height: f64) -> Self {
        Self { width, height, taken: Vec::new() }
    }

    /// Keeps labels off a dot so many pixels wide, at so many from the left and the top.
    pub(super) fn dot(&mut self, middle: (f64, f64), width: f64) {
        self.taken.push(Area { middle, size: (width, width) });
    }

    /// Takes room for the label of the point at so many pixels from the left and the top: how far right and down of it the
    /// label's middle is; none where there is no room around it.
    pub(super) fn label(&mut self, (x, y): (f64, f64), text: &str) -> Option<(f64, f64)> {
        let size = (text.chars().count() as f64 * LETTER, LINE);
        let side = GAP + size.0 / 2.0;
        let rows = [0.0, -LINE, LINE, -2.0 * LINE, 2.0 * LINE];
        let beside = rows.into_iter().flat_map(|down| [(side, down), (-side, down)]);
        let around = beside.chain(rows.into_iter().skip(1).map(|down| (0.0, down)));
        let free = |&(right, down): &(f64, f64)| {
            let area = Area { middle: (x + right, y + down), size };
            let within = |at: f64, size: f64, whole: f64| at - size / 2.0 >= 0.0 && at + size / 2.0 <= whole;
            within(area.middle.0, size.0, self.width)
                && within(area.middle.1, size.1, self.height)
                && !self.taken.iter().any(|other| other.meets(&area))
        };
        let (right, down) = around.into_iter().find(free)?;
        self.taken.push(Area { middle: (x + right, y + down), size });
        Some((right, down))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_keep_off_each_other_and_within() {
        let mut room = Room::new(200.0, 100.0);
        room.dot((50.0, 50.0), 10.0);
        room.dot((60.0, 56.0), 10.0);
        // To the right lies the other dot, at the left is no room for eight letters.
        assert_eq!(room.label((50.0, 50.0), "12345678"), Some((GAP + 28.0, -LINE)));
        assert_eq!(room.label((60.0, 56.0), "12345678"), Some((GAP + 28.0, 0.0)));
        assert_eq!(room.label((190.0, 10.0), "123"), Some((-GAP - 10.5, 0.0)));
        assert_eq!(room.label((100.0, 80.0), &"x".repeat(40)), None);
    }
}
