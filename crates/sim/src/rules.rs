//! The rules of the world: bounds, delays and the objective, the same for every policy.

use serde::{Deserialize, Serialize};

/// What holds for a group in the world, whichever policy sizes it.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct WorldRules {
    /// Fewest instances. 1 by default.
    pub instances_min: u32,
    /// Most instances. 100 by default.
    pub instances_max: u32,
    /// From launch to service, in seconds. 180 by default.
    pub boot_delay_seconds: u32,
    /// Each boot takes up to so many seconds less or more, by the seed. 0 by default.
    pub boot_jitter_seconds: u32,
    /// From the end of a minute to its metrics, in seconds. 60 by default.
    pub metric_delay_seconds: u32,
    /// The objective: no instance above this share of its CPU. 0.85 by default.
    pub max_utilization: f64,
}

impl Default for WorldRules {
    fn default() -> Self {
        Self {
            instances_min: 1,
            instances_max: 100,
            boot_delay_seconds: 180,
            boot_jitter_seconds: 0,
            metric_delay_seconds: 60,
            max_utilization: 0.85,
        }
    }
}

impl WorldRules {
    /// The fewest instances that meet the objective at `load` instance-equivalents; at least one, whatever the bounds.
    #[must_use]
    pub fn demand(&self, load: f64) -> u32 {
        // `as` saturates, and makes 0 of NaN.
        ((load / self.max_utilization).ceil() as u32).max(1)
    }

    /// Whole minutes until what is launched now serves a whole minute, however long its boot takes by the rules.
    #[must_use]
    pub fn boot_minutes(&self) -> usize {
        let longest = self.boot_delay_seconds.saturating_add(self.boot_jitter_seconds);
        usize::try_from(longest.div_ceil(60)).expect("minutes fit")
    }

    /// `instances` brought within the bounds.
    #[must_use]
    pub fn bounded(&self, instances: u32) -> u32 {
        instances.clamp(self.instances_min, self.instances_max)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn demand_is_the_fewest_that_meet_the_objective() {
        let rules = WorldRules::default();
        let demands = [0.0, 0.1, 0.85, 0.86, 1.7, 1.71, 8.5, 8.6, 300.0, f64::NAN].map(|load| rules.demand(load));
        assert_eq!(demands, [1, 1, 1, 2, 2, 3, 10, 11, 353, 1]);
        assert_eq!([0, 7, 353].map(|instances| rules.bounded(instances)), [1, 7, 100]);
    }
}
