//! Everything that can be wrong with a group.

use super::{Group, HOLD_MINUTES_MAX, LEAD_TIME_SECONDS_MAX, PolicyName, STABILIZATION_MINUTES_MAX, is_group_id};

/// Metrics of yesterday are stale by anyone's standard.
const STALE_SECONDS_MAX: i64 = 86_400;

/// What is wrong, and the cure where it is not plain.
struct Problem {
    what: String,
    cure: Option<&'static str>,
}

impl Problem {
    fn with_cure(what: impl Into<String>, cure: &'static str) -> Self {
        Self { what: what.into(), cure: Some(cure) }
    }

    fn line(&self, group: &str) -> String {
        let cure = self.cure.map_or_else(String::new, |cure| format!(": {cure}"));
        format!("{} in group `{group}`{cure}", self.what)
    }
}

/// What is wrong with the group at `index` of the file, a line each.
pub(super) fn group_problems(index: usize, group: &Group) -> Vec<String> {
    if !is_group_id(&group.id) {
        return vec![format!("group {}: `id` is `{}`: use letters, digits, `-` and `_`", index + 1, group.id)];
    }
    let problems = [sizes(group), times(group), shares(group), money(group), schedule(group)];
    problems.iter().flatten().map(|problem| problem.line(&group.id)).collect()
}

/// The problem `what`, unless it `holds` that there is none.
fn unless(holds: bool, what: impl FnOnce() -> String) -> Option<Problem> {
    (!holds).then(|| Problem { what: what(), cure: None })
}

fn sizes(group: &Group) -> Vec<Problem> {
    let mut problems = Vec::new();
    if let (Some(min), Some(max)) = (group.min_instances, group.max_instances) {
        problems.extend(unless(min <= max, || format!("`min_instances` = {min} is above `max_instances` = {max}")));
    }
    if let (Some(blind), Some(max)) = (group.blind_instances, group.max_instances) {
        problems.extend(unless(blind <= max, || format!("`blind_instances` = {blind} is above `max_instances` = {max}")));
    }
    let limits = [("scale_out_limit", group.scale_out_limit), ("scale_in_limit", group.scale_in_limit)];
    for (name, _) in limits.iter().filter(|(_, limit)| *limit == Some(0)) {
        problems.push(Problem::with_cure(format!("`{name}` = 0 lets nothing change"), "leave it out, or use `mode`"));
    }
    problems
}

fn times(group: &Group) -> Vec<Problem> {
    let mut problems = Vec::new();
    let step = group.step_seconds;
    problems.extend(unless(step == 60 || step == 300, || format!("`step_seconds` = {step} is neither 60 nor 300")));
    let lead = group.lead_time_seconds;
    problems.extend(unless(lead >= 0, || format!("`lead_time_seconds` = {lead} is negative")));
    if lead > LEAD_TIME_SECONDS_MAX {
        let what = format!("`lead_time_seconds` = {lead} is above {LEAD_TIME_SECONDS_MAX}");
        problems.push(Problem::with_cure(what, "no forecast reaches further"));
    }
    let stale = group.stale_after_seconds;
    problems.extend(unless(stale >= step, || format!("`stale_after_seconds` = {stale} is shorter than a step")));
    problems
        .extend(unless(stale <= STALE_SECONDS_MAX, || format!("`stale_after_seconds` = {stale} is above {STALE_SECONDS_MAX}")));
    let minutes = [
        ("stabilization_minutes", group.stabilization_minutes, STABILIZATION_MINUTES_MAX),
        ("cooldown_minutes", group.cooldown_minutes, STABILIZATION_MINUTES_MAX),
        ("sudden_drop_hold_minutes", group.sudden_drop_hold_minutes, STABILIZATION_MINUTES_MAX),
        ("hold_minutes", group.hold_minutes, HOLD_MINUTES_MAX),
        ("foreign_hold_minutes", group.foreign_hold_minutes, HOLD_MINUTES_MAX),
        ("approval_minutes", group.approval_minutes, HOLD_MINUTES_MAX),
    ];
    for (name, value, most) in minutes {
        problems.extend(unless(value <= most, || format!("`{name}` = {value} is above {most}")));
    }
    if group.approval_minutes == 0 {
        problems.push(Problem::with_cure("`approval_minutes` = 0 leaves no time for an answer", "use 1 or more"));
    }
    problems
}

fn shares(group: &Group) -> Vec<Problem> {
    let mut problems = Vec::new();
    let mut shares = vec![("max_utilization", group.max_utilization), ("reactive_target", group.reactive_target)];
    shares.extend(group.risk_quantile.map(|quantile| ("risk_quantile", quantile)));
    for (name, value) in shares {
        problems.extend(unless(value > 0.0 && value <= 1.0, || format!("`{name}` = {value} is not above 0 and at most 1")));
    }
    let (target, most) = (group.reactive_target, group.max_utilization);
    // Where one of them is no number, that has been told.
    let above = matches!(target.partial_cmp(&most), Some(std::cmp::Ordering::Greater));
    problems.extend(unless(!above, || format!("`reactive_target` = {target} is above `max_utilization` = {most}")));
    let (low, high) = (group.threshold_low_percent, group.threshold_high_percent);
    problems.extend(unless(low < high && low.is_finite() && high.is_finite(), || {
        format!("`threshold_low_percent` = {low} is not below `threshold_high_percent` = {high}")
    }));
    problems
}

fn money(group: &Group) -> Vec<Problem> {
    let positive = [
        ("price_per_hour", group.price_per_hour),
        ("violation_cost_per_minute", group.violation_cost_per_minute),
        ("requests_per_instance", group.requests_per_instance),
    ];
    let wrong = |(name, value): (&str, Option<f64>)| {
        unless(value.is_none_or(|value| value > 0.0 && value.is_finite()), || format!("`{name}` is not a positive number"))
    };
    positive.into_iter().filter_map(wrong).collect()
}

fn schedule(group: &Group) -> Vec<Problem> {
    let mut problems = Vec::new();
    let scheduled = group.policy == PolicyName::Schedule;
    if scheduled && group.schedule.is_empty() {
        let what = "`policy` is `schedule` and there is no `[[group.schedule]]`";
        problems.push(Problem::with_cure(what, "add one, or choose another policy"));
    }
    if !scheduled && !group.schedule.is_empty() {
        let cure = "write `policy = \"schedule\"`, or remove it";
        problems.push(Problem::with_cure("nothing follows the `[[group.schedule]]`", cure));
    }
    for entry in &group.schedule {
        let name = &entry.name;
        if name.trim().is_empty() {
            problems.push(Problem::with_cure("a `[[group.schedule]]` has an empty `name`", "reasons tell it by its name"));
        }
        if entry.days.is_empty() {
            let cure = "name some, or leave `days` out for every day";
            problems.push(Problem::with_cure(format!("schedule `{name}` has no `days`"), cure));
        }
        if let Some(max) = group.max_instances {
            let instances = entry.instances;
            problems.extend(unless(instances <= max, || {
                format!("`instances` = {instances} of schedule `{name}` is above `max_instances` = {max}")
            }));
        }
    }
    problems
}
