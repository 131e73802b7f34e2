//! What came of it in plain words, for whoever decides.

use headroom_sim::PolicyResult;

use super::{
    families::{CLAIRVOYANT, HEADROOM, STATIC_PEAK, TARGET_TRACKING, target_tracking_within},
    numbers::{count, money, percent, times},
    part::Part,
};

/// The share of violation minutes at which families are compared in one figure.
pub(super) const SHARE: f64 = 0.01;

/// Costs that differ by less than this share of the larger one count as equal.
const SAME: f64 = 0.0005;

/// The sentence that stands for everything.
pub(super) fn verdict(part: &Part<'_>) -> String {
    let minutes = count(part.backtest.world.minutes as u64);
    match part.headroom() {
        Some(headroom) if headroom.violation_minutes == 0 => {
            format!("headroom would have {}, with no violation minute in {minutes}.", compared(part, headroom))
        }
        Some(headroom) => format!(
            "headroom would have {}, with {} of {minutes} ({}).",
            compared(part, headroom),
            violations(headroom.violation_minutes),
            percent(headroom.violation_share)
        ),
        None => without_headroom(part),
    }
}

/// What has to be known beside it, a sentence each.
pub(super) fn details(part: &Part<'_>) -> Vec<String> {
    let Some(headroom) = part.headroom() else { return Vec::new() };
    [others_violations(part), beside_target_tracking(part, headroom), at_one_percent(part), other_days(headroom)]
        .into_iter()
        .flatten()
        .collect()
}

fn violations(minutes: u64) -> String {
    match minutes {
        0 => "no violation minute".to_owned(),
        1 => "1 violation minute".to_owned(),
        more => format!("{} violation minutes", count(more)),
    }
}

/// What it saved or cost against both references.
fn compared(part: &Part<'_>, headroom: &PolicyResult) -> String {
    let cost = part.per_day(headroom.cost);
    let (mut saved, mut same, mut more) = (Vec::new(), Vec::new(), Vec::new());
    for (name, difference) in [
        ("static peak", headroom.saved_per_day_against_static_peak),
        ("target tracking", headroom.saved_per_day_against_target_tracking),
    ] {
        let reference = cost + difference;
        let share = if reference > 0.0 { percent(difference.abs() / reference) } else { "-".to_owned() };
        if difference.abs() <= SAME * reference.max(cost) {
            same.push(name.to_owned());
        } else if difference > 0.0 {
            saved.push(format!("{} a day against {name} ({share})", money(difference)));
        } else {
            more.push(format!("{} a day more than {name} ({share})", money(-difference)));
        }
    }
    let verb = |verb: &str, objects: &[String]| (!objects.is_empty()).then(|| format!("{verb} {}", objects.join(" and ")));
    let gains = [verb("saved", &saved), verb("cost as much as", &same)].into_iter().flatten().collect::<Vec<_>>().join(" and ");
    match (gains.is_empty(), verb("cost", &more)) {
        (_, None) => gains,
        (true, Some(losses)) => losses,
        (false, Some(losses)) => format!("{gains}, but {losses}"),
    }
}

fn without_headroom(part: &Part<'_>) -> String {
    let judged = part.backtest.policies.iter().filter(|policy| policy.name != CLAIRVOYANT && policy.violation_share <= SHARE);
    let cheapest = judged.min_by(|a, b| a.cost.total_cmp(&b.cost)).map_or_else(
        || format!("None of these policies keeps violations at or below {} % of the minutes by default.", SHARE * 100.0),
        |policy| {
            format!(
                "Of these policies, {} costs least among those with violations in at most {} % of the minutes by default: {} a day, with {} ({}).",
                policy.name,
                SHARE * 100.0,
                money(part.per_day(policy.cost)),
                violations(policy.violation_minutes),
                percent(policy.violation_share)
            )
        },
    );
    format!("headroom was not among the policies that were replayed. {cheapest}")
}

/// The violations of both references, where they were replayed.
fn others_violations(part: &Part<'_>) -> Option<String> {
    let told = [(STATIC_PEAK, "static peak"), (TARGET_TRACKING, "target tracking")].into_iter().filter_map(|(name, words)| {
        let policy = part.policy(name)?;
        let knob = policy.knob.map_or_else(String::new, |knob| format!(" at its default target of {} %", knob * 100.0));
        let share = if policy.violation_minutes > 0 { format!(" ({})", percent(policy.violation_share)) } else { String::new() };
        Some(format!("{words}{knob} had {}{share}", violations(policy.violation_minutes)))
    });
    let told = told.collect::<Vec<_>>().join(", ");
    (!told.is_empty()).then(|| format!("Beside it, {told}."))
}

/// Whether one was better in both respects, and if not, what was bought with what.
fn beside_target_tracking(part: &Part<'_>, headroom: &PolicyResult) -> Option<String> {
    let reference = part.policy(TARGET_TRACKING)?;
    let saves = headroom.cost <= reference.cost;
    let (ours, theirs) = (headroom.violation_minutes, reference.violation_minutes);
    let sentence = match (saves, ours <= theirs) {
        (true, true) => "Against target tracking it was neither dearer nor more often short of instances.".to_owned(),
        (true, false) => format!(
            "Some of what it saved against target tracking is paid for with {} more: see the frontier for settings with as few.",
            violations(ours - theirs)
        ),
        (false, true) if ours == theirs => {
            "Against target tracking it was dearer, and no less often short of instances.".to_owned()
        }
        (false, true) => format!("What it cost more than target tracking bought {} fewer.", violations(theirs - ours)),
        (false, false) => "Against target tracking it did worse in both: dearer, and more often short of instances.".to_owned(),
    };
    Some(sentence)
}

/// Both families at their best with few violations, whatever their defaults.
fn at_one_percent(part: &Part<'_>) -> Option<String> {
    let share = format!("{} %", SHARE * 100.0);
    let ours = part.backtest.cheapest_within(HEADROOM, SHARE);
    let theirs = target_tracking_within(part.backtest, SHARE);
    if theirs.is_none() && !part.backtest.frontier.iter().any(|point| point.name == TARGET_TRACKING) {
        return None;
    }
    let lead = format!("Each at its cheapest setting with at most {share} violation minutes,");
    Some(match (ours, theirs) {
        (Some(ours), Some(theirs)) => format!(
            "{lead} headroom needs {} times the instance-hours of the better target tracking.",
            times(ours.instance_hours / theirs.instance_hours)
        ),
        (Some(ours), None) => {
            format!("{lead} headroom costs {} a day; no target tracking ever gets there.", money(part.per_day(ours.cost)))
        }
        (None, Some(theirs)) => {
            format!(
                "{lead} the better target tracking costs {} a day; headroom never gets there.",
                money(part.per_day(theirs.cost))
            )
        }
        (None, None) => format!("Neither headroom nor any target tracking gets to {share} violation minutes at any setting."),
    })
}

/// How far the figures would move with other days.
fn other_days(headroom: &PolicyResult) -> Option<String> {
    let intervals = headroom.intervals.as_ref()?;
    let (shares, costs) = (intervals.violation_share, intervals.cost_over_target_tracking);
    let violations = if shares.high > 0.0 {
        format!("with violations in {} to {} of the minutes", percent(shares.low), percent(shares.high))
    } else {
        "without a violation".to_owned()
    };
    Some(format!(
        "Drawing {} such days anew, it would in nine of ten cases cost {} to {} times as much as target tracking, {violations}.",
        intervals.days,
        times(costs.low),
        times(costs.high)
    ))
}
