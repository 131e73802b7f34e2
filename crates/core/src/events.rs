//! The events of each row of a series: how strong they are announced, and of which kind.

use std::ops::Range;

use crate::{calendar::FLAG_KIND, observation::Column, occurrences::Timeline, series::Series};

/// Two announcements of one kind are the same below this difference: the column `is_sale_active` has two decimals.
const SAME_INTENSITY: f64 = 0.01;

/// The events of the rows of a series and of some after its end.
#[derive(Debug, Clone)]
pub(crate) struct EventRows {
    announced: Vec<f64>,
    /// Index into `kinds`.
    kind_of_row: Vec<Option<usize>>,
    kinds: Vec<String>,
    /// Per kind, what its announced intensity is multiplied by to give the expected uplift.
    effects: Vec<f64>,
}

impl EventRows {
    /// The events of the first `rows` rows. The stronger of calendar and column counts, and the calendar names its kind.
    pub(crate) fn new(series: &Series, timeline: &Timeline, rows: usize) -> Self {
        let flags = series.column(Column::IsSaleActive).unwrap_or_default();
        let mut events =
            Self { announced: Vec::with_capacity(rows), kind_of_row: Vec::with_capacity(rows), kinds: vec![], effects: vec![] };
        for row in 0..rows {
            let flag = flags.get(row).copied().filter(|flag| flag.is_finite()).unwrap_or(0.0).max(0.0);
            let told = timeline.announced_at(series.timestamp(row));
            let intensity = told.map_or(0.0, |told| told.intensity).max(flag);
            let kind = (intensity > 0.0).then(|| events.index_of(told.map_or(FLAG_KIND, |told| told.kind)));
            events.announced.push(intensity);
            events.kind_of_row.push(kind);
        }
        events.effects = vec![1.0; events.kinds.len()];
        events
    }

    fn index_of(&mut self, kind: &str) -> usize {
        self.kinds.iter().position(|known| known == kind).unwrap_or_else(|| {
            self.kinds.push(kind.to_owned());
            self.kinds.len() - 1
        })
    }

    /// Sets what each kind's announced intensity is multiplied by.
    pub(crate) fn set_effects(&mut self, effect_of: impl Fn(&str) -> f64) {
        self.effects = self.kinds.iter().map(|kind| effect_of(kind)).collect();
    }

    /// The announced intensity of `row`, 0 without an event.
    pub(crate) fn announced(&self, row: usize) -> f64 {
        self.announced.get(row).copied().unwrap_or(0.0)
    }

    /// The kind of the event of `row`.
    pub(crate) fn kind(&self, row: usize) -> Option<&str> {
        self.kind_index(row).map(|index| self.kinds[index].as_str())
    }

    /// Every kind, in the order in which they first happen.
    pub(crate) fn kinds(&self) -> &[String] {
        &self.kinds
    }

    fn kind_index(&self, row: usize) -> Option<usize> {
        self.kind_of_row.get(row).copied().flatten()
    }

    /// How much of the ordinary load is expected to come on top at `row`; never below -1, which is no load at all.
    pub(crate) fn uplift(&self, row: usize) -> f64 {
        self.kind_index(row).map_or(0.0, |kind| (self.effects[kind] * self.announced[row]).max(-1.0))
    }

    /// Whether the same is announced for both rows.
    pub(crate) fn same(&self, row: usize, other: usize) -> bool {
        self.kind_index(row) == self.kind_index(other) && (self.announced(row) - self.announced(other)).abs() < SAME_INTENSITY
    }

    /// The runs of rows with events, of whatever kind, among the first `rows`.
    pub(crate) fn runs(&self, rows: usize) -> impl Iterator<Item = Range<usize>> + '_ {
        let rows = rows.min(self.announced.len());
        let mut from = 0;
        std::iter::from_fn(move || {
            let start = (from..rows).find(|&row| self.announced[row] > 0.0)?;
            from = (start..rows).find(|&row| self.announced[row] <= 0.0).unwrap_or(rows);
            Some(start..from)
        })
    }
}
