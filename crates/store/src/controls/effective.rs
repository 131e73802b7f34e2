//! What of a group's configuration holds once its operators have spoken.

use headroom_core::{
    Group,
    fleet::{Allocated, Mode},
};
use jiff::Timestamp;

use super::Control;

/// `group` as it is to be decided for at `now`: in the mode in force, and with what is allocated.
///
/// An operator's mode holds in place of the configured one, unless that is `off`: what the configuration takes out of the fleet is
/// in nobody's hands, and `off` is not to be had otherwise. What is allocated counts within the group's bounds, as every
/// decision does.
#[must_use]
pub fn effective(group: &Group, control: &Control, now: Timestamp) -> Group {
    if group.mode == Mode::Off {
        return group.clone();
    }
    let mode = control.mode.as_ref().map(|asked| asked.mode).filter(|mode| *mode != Mode::Off);
    let allocation = control.allocation.as_ref().filter(|allocation| now < allocation.until);
    Group {
        mode: mode.unwrap_or(group.mode),
        allocated: allocation.map(|allocation| Allocated {
            instances: allocation.instances,
            until: allocation.until,
            by: allocation.by.clone(),
        }),
        ..group.clone()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::controls::{Allocation, ModeOverride};

    fn at(time: &str) -> Timestamp {
        format!("2026-11-27T{time}:00Z").parse().unwrap()
    }

    fn configured(mode: Mode) -> Group {
        Group { mode, ..Group::simulated("web") }
    }

    #[test]
    fn an_operators_mode_holds_unless_one_of_both_is_off() {
        use Mode::{Active, Observe, Off, ScaleOutOnly};
        let asked = |mode| ModeOverride { mode, at: at("12:00"), by: "ops".to_owned(), why: "a sale".to_owned() };
        for (from_file, from_operator, expected) in [
            (Observe, Some(Active), Active),
            (Active, Some(Observe), Observe),
            (Active, Some(ScaleOutOnly), ScaleOutOnly),
            (Active, None, Active),
            (Off, Some(Active), Off),
            (Active, Some(Off), Active),
        ] {
            let control = Control { mode: from_operator.map(asked), ..Control::none() };
            let group = effective(&configured(from_file), &control, at("12:00"));
            assert_eq!(group, configured(expected), "{from_file:?} and {from_operator:?}");
        }
    }

    #[test]
    fn what_is_allocated_holds_until_its_time_is_up_and_never_for_a_group_that_is_off() {
        let allocation = Allocation {
            instances: 6,
            until: at("13:00"),
            at: at("12:00"),
            by: "anna".to_owned(),
            why: "a load test".to_owned(),
        };
        let control = Control { allocation: Some(allocation), ..Control::none() };
        let allocated = |mode, time| effective(&configured(mode), &control, at(time)).allocated;
        let expected = Some(Allocated { instances: 6, until: at("13:00"), by: "anna".to_owned() });
        assert_eq!(allocated(Mode::Active, "12:59"), expected);
        assert_eq!(allocated(Mode::Observe, "12:59"), expected, "what it would be is told there too");
        assert_eq!(allocated(Mode::Active, "13:00"), None);
        assert_eq!(allocated(Mode::Off, "12:59"), None);
        let stale = Group { allocated: expected, ..configured(Mode::Active) };
        assert_eq!(effective(&stale, &Control::none(), at("12:59")).allocated, None, "it was taken back");
    }
}
