//! All traces of a page at a glance.

use maud::{Markup, html};
use trainer::report::tables::table;

use super::{
    super::{Replay, summary},
    families::TARGET_TRACKING,
    numbers::{money, percent},
    part::Part,
};

/// What came of all traces together, and a row for each, which leads to its part.
pub(super) fn section(title: &str, replays: &[Replay], parts: &[Part<'_>]) -> Markup {
    let header =
        ["trace", "days", "saved a day against static peak", "against target tracking", "violations", "target tracking's"];
    let relative: Vec<String> = summary::HEADER.map(str::to_owned).to_vec();
    html! {
        header id="index" {
            h1 { (title) }
            ul.notes.means { @for sentence in summary::means(replays) { li { (sentence.replace('`', "")) "." } } }
            div.scroll tabindex="0" role="group" aria-label="All traces" {
                table {
                    thead { tr { @for column in header { th scope="col" { (column) } } } }
                    tbody {
                        @for part in parts {
                            tr {
                                th scope="row" { a href=(format!("#{}", part.id("top"))) { (part.about.trace) } }
                                @for cell in cells(part) { td { (cell) } }
                            }
                        }
                    }
                }
            }
            p.caption {
                "Of headroom at its default, in the unit of the price: below 0 it cost more. Violations are shares of the minutes; the last column is target
                 tracking's at its default."
            }
            details {
                summary { "Instance-hours over those of the clairvoyant" }
                (table("Relative to the clairvoyant", &relative, summary::rows(replays).map(|cells| (false, cells.to_vec()))))
            }
        }
    }
}

fn cells(part: &Part<'_>) -> [String; 5] {
    let of_headroom = |text: &dyn Fn(&headroom_sim::PolicyResult) -> String| part.headroom().map_or_else(|| "-".to_owned(), text);
    [
        format!("{:.1}", part.backtest.world.minutes as f64 / 1440.0),
        of_headroom(&|policy| money(policy.saved_per_day_against_static_peak)),
        of_headroom(&|policy| money(policy.saved_per_day_against_target_tracking)),
        of_headroom(&|policy| percent(policy.violation_share)),
        part.policy(TARGET_TRACKING).map_or_else(|| "-".to_owned(), |policy| percent(policy.violation_share)),
    ]
}
