//! How closely capacity followed demand: the elasticity measures of the SPEC Research Group.

use crate::world::Minute;

/// Provisioning accuracy, wrong-provisioning timeshare and instability (Herbst et al., "Ready for Rain? A View from SPEC
/// Research on the Future of Cloud Metrics", 2016), each in percent of the time that was replayed. With d the demand, s the
/// instances in service and T the number of minutes:
///
/// | field | formula |
/// | --- | --- |
/// | `theta_u` | 100 / T Σ max(d - s, 0) / d |
/// | `theta_o` | 100 / T Σ max(s - d, 0) / d |
/// | `tau_u` | 100 / T Σ \[s < d\] |
/// | `tau_o` | 100 / T Σ \[s > d\] |
/// | `instability` | 100 / T Σ min(abs(sgn Δs - sgn Δd), 1), Δ from one minute to the next |
///
/// All are 0 of no minutes. The first minute has no Δ and adds nothing to instability.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Accuracy {
    /// How much was missing, relative to the demand. 0 at best.
    pub theta_u: f64,
    /// How much was too much, relative to the demand. 0 at best.
    pub theta_o: f64,
    /// How long some was missing.
    pub tau_u: f64,
    /// How long some was too much.
    pub tau_o: f64,
    /// How long capacity and demand moved differently.
    pub instability: f64,
}

impl Accuracy {
    /// Of these minutes, in order.
    #[must_use]
    pub fn of(minutes: &[Minute]) -> Self {
        let mut sums = Self::default();
        for minute in minutes {
            // Demand is never below 1 in the world.
            let (demand, in_service) = (f64::from(minute.demand.max(1)), f64::from(minute.in_service));
            sums.theta_u += (demand - in_service).max(0.0) / demand;
            sums.theta_o += (in_service - demand).max(0.0) / demand;
            sums.tau_u += f64::from(u8::from(in_service < demand));
            sums.tau_o += f64::from(u8::from(in_service > demand));
        }
        let moved_apart = |pair: &&[Minute]| pair[1].in_service.cmp(&pair[0].in_service) != pair[1].demand.cmp(&pair[0].demand);
        sums.instability = minutes.windows(2).filter(moved_apart).count() as f64;
        let scale = if minutes.is_empty() { 0.0 } else { 100.0 / minutes.len() as f64 };
        Self {
            theta_u: sums.theta_u * scale,
            theta_o: sums.theta_o * scale,
            tau_u: sums.tau_u * scale,
            tau_o: sums.tau_o * scale,
            instability: sums.instability * scale,
        }
    }

    /// How many times as elastic this is as `without` a scaler: the geometric mean of `without`'s over this one's `theta_u`,
    /// `theta_o`, `tau_u` and `tau_o`. Above 1 is better than without.
    ///
    /// A factor of 0 / 0 counts as 1: neither ever failed. Where only `without` never failed, its factor is 0, and so is the
    /// speedup: no finite gain elsewhere makes up for it. Where only this one never failed the factor has no number, and
    /// neither has the speedup: none.
    #[must_use]
    pub fn elastic_speedup(&self, without: &Self) -> Option<f64> {
        let factors = [
            (without.theta_u, self.theta_u),
            (without.theta_o, self.theta_o),
            (without.tau_u, self.tau_u),
            (without.tau_o, self.tau_o),
        ];
        let mut product = 1.0;
        for (without, with) in factors {
            if with > 0.0 {
                product *= without / with;
            } else if without > 0.0 {
                return None;
            }
        }
        Some(product.powf(0.25))
    }
}
