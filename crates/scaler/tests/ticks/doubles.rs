//! Clouds, stores and sights that do as they are told.

use std::sync::{
    Mutex,
    atomic::{AtomicUsize, Ordering},
};

use async_trait::async_trait;
use headroom_core::{
    Group,
    occurrences::Timeline,
    policy::Measured,
    ports::{CapacityState, PortError, ReadCapacity, WriteCapacity},
    reason::NoForecast,
};
use headroom_store::{Expect, MemoryStore, Object, Store, StoreError, Version};
use jiff::Timestamp;
use scaler::{GroupState, Seen, Sight};

/// A cloud whose instances are in service at once, and that can be told to refuse.
pub(crate) struct GroupDouble {
    size: Mutex<CapacityState>,
    writes: Mutex<Vec<u32>>,
    minimums: Mutex<Vec<u32>>,
    refusals: Mutex<Vec<PortError>>,
    unreadable_group: Option<&'static str>,
    /// Instances that the cloud has for the group.
    stock: Mutex<u32>,
    /// A request for more than so many gets these, and an error.
    granted: Mutex<u32>,
    /// What the next look is told in place of the true size.
    late: Mutex<Option<CapacityState>>,
}

impl Default for GroupDouble {
    fn default() -> Self {
        Self {
            size: Mutex::new(CapacityState { desired: 1, min: 1, max: 40, in_service: 1, pending: 0, unit: 1 }),
            writes: Mutex::default(),
            minimums: Mutex::default(),
            refusals: Mutex::default(),
            unreadable_group: None,
            stock: Mutex::new(u32::MAX),
            granted: Mutex::new(u32::MAX),
            late: Mutex::default(),
        }
    }
}

impl GroupDouble {
    pub(crate) fn with_instances(desired: u32) -> Self {
        let cloud = Self::default();
        cloud.resize(|size| size.desired = desired);
        cloud
    }

    /// Refuses the next `times` writes, for want of instances.
    pub(crate) fn refuse(&self, times: usize) {
        let refusal = || PortError::InsufficientCapacity("no more m7g.large in eu-central-1a".to_owned());
        self.refusals.lock().unwrap().extend(std::iter::repeat_with(refusal).take(times));
    }

    /// From now on, gives so many instances at most, and an error where more were asked for.
    pub(crate) fn grant_in_part(&self, most: u32) {
        *self.granted.lock().unwrap() = most;
    }

    fn granted(&self, wanted: u32) -> (u32, Result<(), PortError>) {
        let most = *self.granted.lock().unwrap();
        let short = || PortError::InsufficientCapacity(format!("no more than {most} of {wanted} instances"));
        (wanted.min(most), if wanted > most { Err(short()) } else { Ok(()) })
    }

    /// Answers the next write so.
    pub(crate) fn fail(&self, error: PortError) {
        self.refusals.lock().unwrap().push(error);
    }

    /// Tells the next look, and no other, of this size.
    pub(crate) fn tell_late(&self, size: CapacityState) {
        *self.late.lock().unwrap() = Some(size);
    }

    /// Does not tell the size of `group`.
    pub(crate) fn hiding(self, group: &'static str) -> Self {
        Self { unreadable_group: Some(group), ..self }
    }

    /// What someone else does to the group.
    pub(crate) fn resize(&self, change: impl FnOnce(&mut CapacityState)) {
        let mut size = self.size.lock().unwrap();
        change(&mut size);
        size.in_service = size.desired.min(*self.stock.lock().unwrap());
    }

    /// Has no more than so many instances from now on.
    pub(crate) fn stock(&self, instances: u32) {
        *self.stock.lock().unwrap() = instances;
        self.resize(|_| {});
    }

    pub(crate) fn size(&self) -> CapacityState {
        *self.size.lock().unwrap()
    }

    pub(crate) fn desired(&self) -> u32 {
        self.size().desired
    }

    /// Every desired capacity that was asked for, refused ones too.
    pub(crate) fn writes(&self) -> Vec<u32> {
        self.writes.lock().unwrap().clone()
    }

    /// Every minimum that was asked for, refused ones too.
    pub(crate) fn minimums(&self) -> Vec<u32> {
        self.minimums.lock().unwrap().clone()
    }

    fn answer(&self) -> Result<(), PortError> {
        let mut refusals = self.refusals.lock().unwrap();
        if refusals.is_empty() { Ok(()) } else { Err(refusals.remove(0)) }
    }
}

#[async_trait]
impl ReadCapacity for GroupDouble {
    async fn describe(&self, group: &Group) -> Result<CapacityState, PortError> {
        if self.unreadable_group == Some(group.id.as_str()) {
            return Err(PortError::Denied("allow autoscaling:DescribeAutoScalingGroups".to_owned()));
        }
        Ok(self.late.lock().unwrap().take().unwrap_or_else(|| self.size()))
    }
}

#[async_trait]
impl WriteCapacity for GroupDouble {
    async fn set_desired(&self, _: &Group, desired: u32) -> Result<(), PortError> {
        self.writes.lock().unwrap().push(desired);
        self.answer()?;
        let CapacityState { min, max, .. } = self.size();
        if !(min..=max).contains(&desired) {
            return Err(PortError::Conflict(format!("ValidationError: {desired} is outside of {min} to {max}")));
        }
        let (granted, answer) = self.granted(desired);
        self.resize(|size| size.desired = granted);
        answer
    }

    async fn set_minimum(&self, _: &Group, minimum: u32) -> Result<(), PortError> {
        self.minimums.lock().unwrap().push(minimum);
        self.answer()?;
        let max = self.size().max;
        if minimum > max {
            return Err(PortError::Conflict(format!("ValidationError: {minimum} is above {max}")));
        }
        let (granted, answer) = self.granted(minimum);
        self.resize(|size| {
            size.min = granted;
            size.desired = size.desired.max(granted);
        });
        answer
    }
}

/// Shows the load that a function tells for each tick, measured until then, and no forecast.
pub(crate) struct Shown<F>(pub(crate) F);

#[async_trait]
impl<F: Fn(Timestamp) -> Option<f64> + Send + Sync> Sight for Shown<F> {
    async fn look(&self, group: &Group, _: &mut GroupState, now: Timestamp) -> Seen {
        let step = group.step_seconds;
        let until = Timestamp::from_second(now.as_second().div_euclid(step) * step).unwrap();
        Seen {
            measured: (self.0)(until).map(|load| Measured { until, load }),
            forecast: Err(NoForecast::NoModel),
            events: Timeline::default(),
            troubles: Vec::new(),
            observations: Vec::new(),
            peak_load: None,
            forecast_made: None,
            anomaly: None,
        }
    }
}

/// Lets other tasks in before every answer, so that runs that overlap really do; and fails where it is told to.
pub(crate) struct Elsewhere<'a> {
    pub(crate) store: &'a MemoryStore,
    /// Objects whose keys start so cannot be read.
    pub(crate) unreadable: Option<&'a str>,
    /// Objects whose keys start so cannot be written, once so many writes went through.
    pub(crate) unwritable: Option<(&'static str, AtomicUsize)>,
    /// What is said of an object then.
    pub(crate) error: fn(&str) -> StoreError,
}

impl<'a> Elsewhere<'a> {
    pub(crate) fn of(store: &'a MemoryStore) -> Self {
        Self { store, unreadable: None, unwritable: None, error: Self::silent }
    }

    pub(crate) fn unwritable(store: &'a MemoryStore, start: &'static str, after: usize) -> Self {
        Self { unwritable: Some((start, AtomicUsize::new(after))), ..Self::of(store) }
    }

    fn silent(key: &str) -> StoreError {
        StoreError::Other { key: key.to_owned(), message: "the store does not answer".to_owned() }
    }

    pub(crate) fn denied(key: &str) -> StoreError {
        StoreError::Denied { key: key.to_owned(), message: "allow s3:GetObject and s3:PutObject".to_owned() }
    }
}

#[async_trait]
impl Store for Elsewhere<'_> {
    async fn get(&self, key: &str) -> Result<Option<Object>, StoreError> {
        tokio::task::yield_now().await;
        if self.unreadable.is_some_and(|start| key.starts_with(start)) {
            return Err((self.error)(key));
        }
        self.store.get(key).await
    }

    async fn put(&self, key: &str, bytes: &[u8], expect: Expect) -> Result<Version, StoreError> {
        tokio::task::yield_now().await;
        if let Some((_, left)) = self.unwritable.as_ref().filter(|(start, _)| key.starts_with(start)) {
            let goes_through = left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| left.checked_sub(1)).is_ok();
            if !goes_through {
                return Err((self.error)(key));
            }
        }
        self.store.put(key, bytes, expect).await
    }

    async fn list(&self, prefix: &str) -> Result<Vec<String>, StoreError> {
        tokio::task::yield_now().await;
        self.store.list(prefix).await
    }
}
