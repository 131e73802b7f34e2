//! The instances of one group: launched, booting, in service, removed; and what they were billed for.

/// The instances at one second. Seconds count from the start of the trace.
#[derive(Debug, Clone)]
pub(crate) struct Instances {
    second: i64,
    in_service: u32,
    /// Second at which each booting instance comes into service, in order of launch.
    booting: Vec<i64>,
    instance_seconds: u64,
}

impl Instances {
    /// A group of `in_service` instances, billed from `second` on.
    pub(crate) fn new(in_service: u32, second: i64) -> Self {
        Self { second, in_service, booting: Vec::new(), instance_seconds: 0 }
    }

    pub(crate) fn in_service(&self) -> u32 {
        self.in_service
    }

    pub(crate) fn booting(&self) -> u32 {
        u32::try_from(self.booting.len()).expect("fewer instances than u32 counts")
    }

    /// Instances asked for: the cloud gives every one, at once or after its boot.
    pub(crate) fn desired(&self) -> u32 {
        self.in_service + self.booting()
    }

    /// Seconds billed so far, over all instances, from launch to removal.
    pub(crate) fn instance_seconds(&self) -> u64 {
        self.instance_seconds
    }

    /// Lets time pass to `second`, which must not lie before the last one.
    pub(crate) fn pass_to(&mut self, second: i64) {
        let passed = u64::try_from(second - self.second).expect("time goes forward");
        self.instance_seconds += passed * u64::from(self.desired());
        self.second = second;
        let before = self.booting.len();
        self.booting.retain(|&ready| ready > second);
        self.in_service += u32::try_from(before - self.booting.len()).expect("fewer instances than u32 counts");
    }

    /// Asks for `desired` instances now: launches what is missing, each in service `boot_seconds()` later, or removes
    /// what is too many at once, the youngest that still boot first.
    pub(crate) fn set_desired(&mut self, desired: u32, mut boot_seconds: impl FnMut() -> i64) {
        while self.desired() > desired {
            if self.booting.pop().is_none() {
                self.in_service -= 1;
            }
        }
        for _ in self.desired()..desired {
            self.booting.push(self.second + boot_seconds());
        }
        // An instance without a boot delay serves at once.
        self.pass_to(self.second);
    }

    /// Up to `count` instances fail and are replaced now, each replacement in service `boot_seconds()` later.
    pub(crate) fn fail(&mut self, count: u32, mut boot_seconds: impl FnMut() -> i64) {
        for _ in 0..count.min(self.in_service) {
            self.in_service -= 1;
            self.booting.push(self.second + boot_seconds());
        }
        self.pass_to(self.second);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn boots_take_their_time_and_are_billed_from_launch() {
        let mut instances = Instances::new(2, 0);
        instances.pass_to(60);
        instances.set_desired(5, || 180);
        assert_eq!((instances.in_service(), instances.booting(), instances.instance_seconds()), (2, 3, 120));
        instances.pass_to(239);
        assert_eq!((instances.in_service(), instances.booting()), (2, 3));
        instances.pass_to(240);
        assert_eq!((instances.in_service(), instances.booting()), (5, 0));
        assert_eq!(instances.instance_seconds(), 2 * 60 + 5 * 180);
    }

    #[test]
    fn scale_in_is_immediate_and_takes_the_youngest_boots_first() {
        let mut instances = Instances::new(2, 0);
        instances.set_desired(3, || 100);
        instances.pass_to(50);
        instances.set_desired(5, || 100);
        instances.set_desired(3, || 100);
        assert_eq!((instances.in_service(), instances.booting()), (2, 1));
        instances.pass_to(100);
        assert_eq!(instances.in_service(), 3, "the oldest boot was kept");
        instances.set_desired(1, || 100);
        assert_eq!((instances.in_service(), instances.booting()), (1, 0));
        instances.pass_to(110);
        assert_eq!(instances.instance_seconds(), 3 * 50 + 3 * 50 + 10);
    }
}
