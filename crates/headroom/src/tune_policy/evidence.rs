//! Why a setting was chosen, in words: for people, and as comments beside the choice in a file.

use jiff::Timestamp;

use super::{
    figures::Figures,
    findings::{Findings, Span, Verdict},
    objective::{Objective, ROOM, SAME_MONEY, round},
    setting::Setting,
};

/// What was asked for.
pub(crate) fn asked(objective: &Objective) -> String {
    match objective {
        Objective::Violations { violations_max, margin } => format!(
            "at most {} violation minutes, with room for worse weeks, for at most {} more than the cheapest setting",
            percent(*violations_max),
            percent(*margin)
        ),
        Objective::Money { violations_max: None } => "the least money for instances and violations together".to_owned(),
        Objective::Money { violations_max: Some(most) } => {
            format!("the least money for instances and violations together, with at most {} violation minutes", percent(*most))
        }
    }
}

/// Why the choice is what it is.
pub(crate) fn why(findings: &Findings) -> String {
    let Findings { objective, chosen, configured, evaluated, .. } = findings;
    let own = &chosen.halves.choosing;
    let allowed = || evaluated.iter().filter(|trial| objective.allows(&trial.figures));
    let kept = if chosen.setting == configured.setting { "what is configured stays: " } else { "" };
    if !findings.within {
        return format!("{kept}of {} settings none is allowed, and this one has the fewest violation minutes", evaluated.len());
    }
    let least = allowed().map(|trial| objective.money(&trial.figures)).fold(f64::INFINITY, f64::min);
    match objective {
        Objective::Violations { violations_max, margin } => {
            let few = if own.violation_share <= ROOM * violations_max {
                format!("this one changes least of those with at most {}", percent(ROOM * violations_max))
            } else {
                format!("this one has the fewest violation minutes ({})", own.violation_minutes)
            };
            format!(
                "{kept}{} of {} settings have at most {} violation minutes on the first half, and the cheapest of them costs \
                 {least:.2}; of those that cost at most {} more, {few}",
                allowed().count(),
                evaluated.len(),
                percent(*violations_max),
                percent(*margin)
            )
        }
        Objective::Money { .. } => format!(
            "{kept}with its violations it costs {:.2} on the first half, where the least of {} settings is {least:.2} and what is \
             configured {:.2}; of those that, with their neighbours, are within {} of the least, this one changes least",
            own.total.unwrap_or(own.cost),
            evaluated.len(),
            configured.halves.choosing.total.unwrap_or(configured.halves.choosing.cost),
            percent(SAME_MONEY)
        ),
    }
}

/// What the second half says.
pub(crate) fn verdict(findings: &Findings) -> String {
    match &findings.verdict {
        Verdict::Kept => "nothing to change".to_owned(),
        Verdict::Confirmed => "the second half confirms it: it is not worse there than what is configured".to_owned(),
        Verdict::Worse { because } => format!("the second half speaks against it: {because}"),
    }
}

/// The evidence, a comment a line, without the `#`.
pub(crate) fn comments(findings: &Findings) -> Vec<String> {
    let Findings { configured, chosen, .. } = findings;
    let half = |name: &str, span: &Span, chosen: &Figures, before: &Figures| {
        let (from, to) = (moment(span.from), moment(span.to));
        format!("{name} half, {:.1} hours from {from} to {to}: {}; before: {}", span.hours(), figures(chosen), figures(before))
    };
    let mut lines = vec![
        format!("`{}`", findings.command),
        format!("asked for: {}", asked(&findings.objective)),
        format!("{} settings tried; before: {}", findings.evaluated.len(), values(&configured.setting)),
        half("first", &findings.choosing, &chosen.halves.choosing, &configured.halves.choosing),
        half("second", &findings.confirming, &chosen.halves.confirming, &configured.halves.confirming),
        verdict(findings),
    ];
    lines.extend(findings.warnings.iter().cloned());
    lines
}

/// Every value of a setting by its name.
fn values(setting: &Setting) -> String {
    let shown = Setting { risk_quantile: round(setting.risk_quantile), ..*setting };
    let values = fields(&shown).map(|(name, value)| match value {
        Some(value) => format!("{name} = {value}"),
        None => format!("no {name}"),
    });
    values.join(", ")
}

/// The fields of a group, as they are written; none for what is to be left out.
pub(crate) fn fields(setting: &Setting) -> [(&'static str, Option<toml_edit::Value>); 5] {
    let count = |count: u32| Some(i64::from(count).into());
    [
        ("risk_quantile", Some(setting.risk_quantile.into())),
        ("stabilization_minutes", count(setting.stabilization_minutes)),
        ("sudden_drop_hold_minutes", count(setting.sudden_drop_hold_minutes)),
        ("scale_out_limit", setting.scale_out_limit.and_then(count)),
        ("scale_in_limit", setting.scale_in_limit.and_then(count)),
    ]
}

fn figures(figures: &Figures) -> String {
    let Figures { cost, violation_minutes, violation_share, total, .. } = figures;
    let total = total.map_or_else(String::new, |total| format!(", {total:.2} in all"));
    format!("cost {cost:.2}, {violation_minutes} violation minutes ({:.2} %){total}", violation_share * 100.0)
}

/// A share without needless digits.
fn percent(share: f64) -> String {
    format!("{} %", round(share * 100.0))
}

/// A moment to the minute.
pub(crate) fn moment(moment: Timestamp) -> String {
    moment.strftime("%Y-%m-%d %H:%M").to_string()
}
