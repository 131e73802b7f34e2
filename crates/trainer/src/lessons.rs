//! What a network learns from: one history, or many of different sizes.

use std::collections::BTreeMap;

use candle_core::{Result, Tensor};
use headroom_core::{
    frame::Frame,
    lstm::{InputSpec, InputTable},
};

use crate::loss::Aim;

/// A history, and which of its rows are forecast from.
#[derive(Debug, Clone)]
pub struct Lessons<'a> {
    /// The history.
    pub frame: &'a Frame,
    /// Origins to learn from; each has every value after it.
    pub origins: Vec<usize>,
    /// Origins that tell when to stop.
    pub validation: Vec<usize>,
    /// What its errors are measured by, in the target's unit; the mean scale of its windows where none is given.
    pub unit: Option<f64>,
}

/// An origin of one of several histories.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Place {
    history: usize,
    origin: usize,
}

/// What the network sees at some places, and what it should say.
pub(crate) struct Lesson {
    pub(crate) window: Tensor,
    pub(crate) future: Tensor,
    pub(crate) aim: Aim,
}

/// Histories, ready to be drawn from.
pub(crate) struct Curriculum<'a> {
    spec: &'a InputSpec,
    histories: Vec<History<'a>>,
    /// Where to learn.
    pub(crate) origins: Vec<Place>,
    /// Where to look when to stop.
    pub(crate) validation: Vec<Place>,
}

struct History<'a> {
    frame: &'a Frame,
    table: InputTable<'a>,
    /// What its errors are measured by, in the target's unit.
    unit: f64,
}

impl<'a> Curriculum<'a> {
    pub(crate) fn new(spec: &'a InputSpec, lessons: &[Lessons<'a>]) -> Result<Self> {
        let mut curriculum = Self { spec, histories: Vec::new(), origins: Vec::new(), validation: Vec::new() };
        for (history, lessons) in lessons.iter().enumerate() {
            let place = |&origin: &usize| Place { history, origin };
            curriculum.origins.extend(lessons.origins.iter().map(place));
            curriculum.validation.extend(lessons.validation.iter().map(place));
            let table = InputTable::new(lessons.frame, spec);
            let unit = match lessons.unit {
                Some(unit) => unit,
                None => {
                    let scales = table.batch(&lessons.origins)?.scales;
                    scales.iter().sum::<f64>() / scales.len() as f64
                }
            };
            curriculum.histories.push(History { frame: lessons.frame, table, unit });
        }
        Ok(curriculum)
    }

    /// The lesson of `places`, those of one history side by side.
    pub(crate) fn lesson(&self, places: &[Place]) -> Result<Lesson> {
        let mut by_history: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
        for place in places {
            by_history.entry(place.history).or_default().push(place.origin);
        }
        let of = |(&history, origins): (&usize, &Vec<usize>)| {
            let History { frame, table, unit } = &self.histories[history];
            let batch = table.batch(origins)?;
            let aim = Aim::new(frame, self.spec, &batch, origins, *unit)?;
            Ok(Lesson { window: batch.window, future: batch.future, aim })
        };
        Lesson::joined(by_history.iter().map(of).collect::<Result<_>>()?)
    }
}

impl Lesson {
    fn joined(mut lessons: Vec<Self>) -> Result<Self> {
        if lessons.len() == 1 {
            return Ok(lessons.remove(0));
        }
        let windows: Vec<&Tensor> = lessons.iter().map(|lesson| &lesson.window).collect();
        let futures: Vec<&Tensor> = lessons.iter().map(|lesson| &lesson.future).collect();
        let (window, future) = (Tensor::cat(&windows, 1)?, Tensor::cat(&futures, 0)?);
        Ok(Self { window, future, aim: Aim::joined(lessons.iter().map(|lesson| &lesson.aim))? })
    }
}
