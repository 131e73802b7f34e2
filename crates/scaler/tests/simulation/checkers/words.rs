//! Every action and non-action has its reason, in data and in words.

use headroom_core::{Action, Decision, Reason, decision::Outcome, policy::Measured};

pub(super) fn check(decision: &Decision) -> Result<(), String> {
    let Decision { reasons, sentence, .. } = decision;
    if reasons.is_empty() {
        return Err("words: there is no reason".to_owned());
    }
    let text = sentence.as_str();
    let ends_well = !text.trim_end().ends_with([':', ';', ',']) && text.trim() == text && !text.is_empty();
    let separated = !["; ;", ": ;", ";;", ": :", "  ", "()", "``"].iter().any(|broken| text.contains(broken));
    let words = text.split(|letter: char| !letter.is_alphanumeric());
    let numbers = !words.into_iter().any(|word| ["nan", "inf", "infinity"].contains(&word.to_lowercase().as_str()));
    // Names and problems are quoted as they are; nothing else is long.
    let short = text.len() < 1500 && !text.split(|letter: char| !letter.is_ascii_digit()).any(|digits| digits.len() > 12);
    if ends_well && separated && numbers && short { Ok(()) } else { Err(format!("words: `{text}`")) }
}

/// The reasons explain what was done and what came of it.
pub(super) fn explains(decision: &Decision, _: Option<Measured>) -> Result<(), String> {
    let has = |kind: &dyn Fn(&Reason) -> bool| decision.reasons.iter().any(kind);
    let explained = match &decision.outcome {
        Outcome::Pending => false,
        Outcome::NotAllowed => has(&|reason| matches!(reason, Reason::ModeForbids { .. })),
        Outcome::Stopped => has(&|reason| matches!(reason, Reason::KillSwitch { .. } | Reason::KillSwitchUnreadable { .. })),
        Outcome::AwaitingApproval { .. } => has(&|reason| matches!(reason, Reason::AwaitingApproval { .. })),
        Outcome::Rejected => has(&|reason| matches!(reason, Reason::Rejected { .. })),
        Outcome::Expired => has(&|reason| matches!(reason, Reason::ApprovalExpired { .. })),
        Outcome::Superseded => has(&|reason| matches!(reason, Reason::Superseded { .. })),
        Outcome::Unchanged => decision.action == Action::Hold,
        Outcome::InsufficientCapacity { error } => !error.is_empty() && decision.action == Action::ScaleOut,
        Outcome::Failed { error } => !error.is_empty() && decision.action != Action::Hold,
        Outcome::Applied => decision.action != Action::Hold && !has(&Reason::stops),
    };
    if !explained {
        return Err(format!("words: {:?} is not explained", decision.outcome));
    }
    let wanted = decision.required.cmp(&decision.before.desired);
    let held = match (decision.action, wanted) {
        (Action::Hold, std::cmp::Ordering::Greater) => has(&holds_back),
        (Action::Hold, std::cmp::Ordering::Less) => has(&keeps),
        _ => true,
    };
    if held { Ok(()) } else { Err(format!("words: {} are required, and nothing says why not", decision.required)) }
}

/// Why no more are asked for, though more are required.
fn holds_back(reason: &Reason) -> bool {
    matches!(
        reason,
        Reason::Maximum { .. }
            | Reason::Shortage { .. }
            | Reason::ForeignWriter { .. }
            | Reason::StepLimit { .. }
            | Reason::Schedule { .. }
            | Reason::Unscheduled { .. }
            | Reason::CpuWithin { .. }
    )
}

/// Why none are removed, though fewer are required.
fn keeps(reason: &Reason) -> bool {
    matches!(
        reason,
        Reason::Stabilizing { .. }
            | Reason::NeededSoon { .. }
            | Reason::EventHold { .. }
            | Reason::Cooldown { .. }
            | Reason::SuddenDrop { .. }
            | Reason::FlapBudget { .. }
            | Reason::Minimum { .. }
            | Reason::Allocated { .. }
            | Reason::CalendarUnreadable { .. }
            | Reason::LateSize { .. }
            | Reason::Maximum { .. }
            | Reason::StepLimit { .. }
            | Reason::WholeUnits { .. }
            | Reason::ForeignWriter { .. }
            | Reason::Schedule { .. }
            | Reason::Unscheduled { .. }
            | Reason::Shortage { .. }
    )
}
