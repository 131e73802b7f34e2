//! The frontier: cost against violations over each family's knob.

use headroom_sim::FrontierPoint;
use maud::{Markup, html};
use trainer::report::{
    axes::Axis,
    canvas::{Canvas, Size, draw},
    figures::{Picture, figure},
    ink::Ink,
    tables::table,
};

use super::super::table::setting;
use super::{
    super::summary::SHARES,
    families::{HEADROOM, TARGET_TRACKING, TARGET_TRACKING_FAST, ink_of, is_filled},
    numbers::{bare_percent, money, percent},
    part::Part,
    placing::Room,
};

/// What costs more than so many times the cheapest setting is left out of the picture, where it would press all others to
/// the bottom.
const TIMES_MAX: f64 = 2.5;

/// Decades from the lowest share above 0 to the place of 0.
const ZERO: f64 = 0.5;

/// Decades around that place that the families share.
const ZERO_SPREAD: f64 = 0.2;

/// The picture, and the cheapest setting of each family at some limits.
pub(super) fn section(part: &Part<'_>) -> Markup {
    html! {
        section {
            (part.heading("The frontier: what fewer violations cost"))
            @if let Some(chart) = Chart::of(part) { (chart.legend()) (chart.figure()) }
            (cheapest(part))
        }
    }
}

/// One setting in the picture's coordinates.
#[derive(Clone, Copy)]
struct Dot<'a> {
    point: &'a FrontierPoint,
    cost_per_day: f64,
    is_default: bool,
    /// Where its family's settings without violations are, in decades to the left of the lowest share: beside those of others.
    zero: f64,
}

/// One family's settings in the order of its knob; of a family with variants those that none of its others beats, from the dearest on.
struct Curve<'a> {
    name: &'a str,
    dots: Vec<Dot<'a>>,
}

struct Chart<'a> {
    part: &'a Part<'a>,
    curves: Vec<Curve<'a>>,
    /// Costs a day at the bottom and at the top.
    costs: [f64; 2],
    /// Decimal logarithms of the lowest and the highest share that the axis labels.
    decades: [f64; 2],
}

impl<'a> Chart<'a> {
    /// None where nothing was replayed.
    fn of(part: &'a Part<'a>) -> Option<Self> {
        let names = part.families();
        let beside = |index: usize| ZERO + ZERO_SPREAD * (1.0 - (2 * index + 1) as f64 / names.len() as f64);
        let curve = |(index, &name): (usize, &&'a str)| Curve { name, dots: dots(part, name, beside(index)) };
        let curves: Vec<Curve<'_>> = names.iter().enumerate().map(curve).collect();
        let all = || curves.iter().flat_map(|curve| &curve.dots);
        let lowest = all().map(|dot| dot.cost_per_day).min_by(f64::total_cmp)?;
        let kept_defaults = curves.iter().filter(|curve| matches!(curve.name, HEADROOM | TARGET_TRACKING | TARGET_TRACKING_FAST));
        let defaults = kept_defaults.flat_map(|curve| &curve.dots).filter(|dot| dot.is_default).map(|dot| dot.cost_per_day);
        let limit = defaults.fold(TIMES_MAX * lowest, f64::max);
        let highest = all().map(|dot| dot.cost_per_day).filter(|cost| *cost <= limit).fold(lowest, f64::max);
        let margin = if highest > lowest { 0.06 * (highest - lowest) } else { lowest.max(1.0) / 2.0 };
        let shares = || all().map(|dot| dot.point.violation_share).filter(|share| *share > 0.0);
        let bottom = shares().fold(0.001, f64::min).log10().floor();
        let top = shares().fold(0.1, f64::max).log10().ceil();
        Some(Self { part, curves, costs: [(lowest - margin).max(0.0), highest + margin], decades: [bottom, top] })
    }

    fn is_shown(&self, dot: &Dot<'_>) -> bool {
        dot.cost_per_day <= self.costs[1]
    }

    fn at(&self, dot: &Dot<'_>) -> (f64, f64) {
        let share = dot.point.violation_share;
        (if share > 0.0 { share.log10() } else { self.decades[0] - dot.zero }, dot.cost_per_day)
    }

    fn legend(&self) -> Markup {
        let shown = self.curves.iter().filter(|curve| curve.dots.iter().any(|dot| self.is_shown(dot)));
        let sign = |name: &str| format!("{} {}", if is_filled(name) { "dot" } else { "ring" }, ink_of(name).name());
        html! {
            ul.legend {
                @for curve in shown { li { span class=(format!("sign {}", sign(curve.name))) aria-hidden="true" {} (curve.name) } }
            }
        }
    }

    fn figure(&self) -> Markup {
        let picture = Picture {
            id: self.part.id("frontier"),
            title: "Cost a day against violations".to_owned(),
            description: self.description(),
            caption: html! {
                "Up: cost per 24 hours, in the unit of the price; the axis starts at " (money(self.costs[0])) ". Across: violation minutes in percent of all
                 minutes, each grid line ten times the one before; settings without any violation are in the shaded strip at the left, family beside family. The upright lines are 0.5, 1 and 2 %. Each
                 family's line follows its knob; where more than the knob was tried, it joins the settings that no other of the family beats. The
                 default has the large mark. Lower and further left is better."
                (self.off_picture())
            },
        };
        let sizes = [Size { width: 960, height: 400, right: 24 }, Size { width: 342, height: 320, right: 12 }];
        figure(&picture, &sizes, &|size| self.draw(size))
    }

    fn description(&self) -> String {
        let defaults = self.curves.iter().filter_map(|curve| {
            let dot = curve.dots.iter().find(|dot| dot.is_default)?;
            let (cost, share) = (money(dot.cost_per_day), percent(dot.point.violation_share));
            Some(format!("{}: {cost} a day with {share}", curve.name))
        });
        format!("Defaults: {}. The table below has the rest.", defaults.collect::<Vec<_>>().join("; "))
    }

    fn off_picture(&self) -> Markup {
        let beyond = |curve: &Curve<'_>| {
            let mut costs: Vec<f64> = curve.dots.iter().filter(|dot| !self.is_shown(dot)).map(|dot| dot.cost_per_day).collect();
            costs.sort_by(f64::total_cmp);
            let (lowest, highest) = (costs.first()?, costs.last()?);
            let range = if costs.len() == 1 { money(*lowest) } else { format!("{} to {}", money(*lowest), money(*highest)) };
            Some(format!("{} ({range})", curve.name))
        };
        let told = self.curves.iter().filter_map(beyond).collect::<Vec<_>>().join(", ");
        html! { @if !told.is_empty() { " Above the picture: " (told) "." } }
    }

    fn draw(&self, size: Size) -> String {
        let is_wide = size.width > 600;
        let values = Axis::values(self.costs[0]..self.costs[1], 6);
        let [bottom, top] = self.decades;
        let mut ticks = vec![(bottom - ZERO, "0".to_owned())];
        ticks.extend((bottom as i32..=top as i32).map(|decade| (f64::from(decade), share_label(decade, is_wide))));
        let shares = Axis { range: bottom - 1.6 * ZERO..top + 0.05, ticks };
        let mut room = Room::new(size.width_of_axes(&values), size.height_of_axes());
        let pixels = |(x, y): (f64, f64)| {
            let of = |value: f64, axis: &Axis| (value - axis.range.start) / (axis.range.end - axis.range.start);
            (of(x, &shares) * size.width_of_axes(&values), (1.0 - of(y, &values)) * size.height_of_axes())
        };
        draw(size, &shares, &values, |canvas| {
            let [low, high] = self.costs;
            canvas.band(&[(shares.range.start, [low, high]), (bottom - 0.4 * ZERO, [low, high])], Ink::Grid, 0.45);
            for share in SHARES {
                canvas.line(&[(share.log10(), low), (share.log10(), high)], Ink::Plain, if share == 0.01 { 1.5 } else { 0.75 });
            }
            for curve in &self.curves {
                self.draw_curve(canvas, curve);
            }
            let all = self.curves.iter().flat_map(|curve| curve.dots.iter().map(move |dot| (curve.name, dot)));
            let shown: Vec<_> = all.filter(|(_, dot)| self.is_shown(dot)).collect();
            for (_, dot) in &shown {
                room.dot(pixels(self.at(dot)), if dot.is_default { 10.0 } else { 5.0 });
            }
            let marked: Vec<_> = shown.into_iter().filter(|(_, dot)| dot.is_default).collect();
            for (name, dot) in &marked {
                canvas.dot(self.at(dot), ink_of(name), is_filled(name));
            }
            // The one that the page is about finds a place first; on a narrow page, the legend has the others.
            let (ours, others): (Vec<_>, Vec<_>) = marked.into_iter().partition(|(name, _)| *name == HEADROOM);
            for (name, dot) in ours.into_iter().chain(others.into_iter().filter(|_| is_wide)) {
                if let Some(offset) = room.label(pixels(self.at(dot)), name) {
                    let ink = ink_of(name);
                    canvas.label(self.at(dot), offset, name, if ink == Ink::Plain { Ink::Label } else { ink }, name == HEADROOM);
                }
            }
        })
    }

    fn draw_curve(&self, canvas: &mut Canvas<'_>, curve: &Curve<'_>) {
        let ink = ink_of(curve.name);
        for run in curve.dots.split(|dot| !self.is_shown(dot)).filter(|run| run.len() > 1) {
            let line: Vec<_> = run.iter().map(|dot| self.at(dot)).collect();
            canvas.line(&line, ink, if curve.name == HEADROOM { 2.5 } else { 1.25 });
            for &dot in &line {
                canvas.speck(dot, ink);
            }
        }
    }
}

fn dots<'a>(part: &Part<'a>, name: &str, zero: f64) -> Vec<Dot<'a>> {
    let default = part.policy(name).map(|policy| policy.knob);
    let points = part.backtest.frontier.iter().filter(|point| point.name == name);
    let mut dots: Vec<Dot<'_>> = points
        .map(|point| Dot {
            point,
            cost_per_day: part.per_day(point.cost),
            is_default: point.variant.is_none() && default == Some(point.knob),
            zero,
        })
        .filter(|dot| dot.cost_per_day.is_finite() && dot.point.violation_share.is_finite())
        .collect();
    if dots.iter().any(|dot| dot.point.variant.is_some()) {
        let all: Vec<&FrontierPoint> = dots.iter().map(|dot| dot.point).collect();
        dots.retain(|dot| dot.is_default || !all.iter().any(|other| beats(other, dot.point)));
        dots.sort_by(|a, b| b.cost_per_day.total_cmp(&a.cost_per_day));
    } else {
        dots.sort_by(|a, b| a.point.knob.unwrap_or(0.0).total_cmp(&b.point.knob.unwrap_or(0.0)));
    }
    dots
}

/// Whether `other` is better in one way and not worse in the other.
fn beats(other: &FrontierPoint, point: &FrontierPoint) -> bool {
    let (cost, share) = (other.cost.total_cmp(&point.cost), other.violation_share.total_cmp(&point.violation_share));
    cost.is_le() && share.is_le() && (cost.is_lt() || share.is_lt())
}

/// Ten to the power of `decade` in percent.
fn share_label(decade: i32, with_sign: bool) -> String {
    let percent = 10_f64.powi(decade + 2);
    let decimals = usize::try_from(-(decade + 2)).unwrap_or(0);
    format!("{percent:.decimals$}{}", if with_sign { " %" } else { "" })
}

fn cheapest(part: &Part<'_>) -> Markup {
    let mut header = vec!["policy".to_owned(), "default: cost a day".to_owned(), "violations %".to_owned()];
    for share in SHARES {
        header.extend([format!("at most {} %: cost a day", share * 100.0), "its knob".to_owned(), "violations %".to_owned()]);
    }
    let rows = part.families().into_iter().map(|name| {
        let mut cells = vec![name.to_owned()];
        cells.extend(part.policy(name).map_or_else(
            || ["-".to_owned(), "-".to_owned()],
            |policy| [money(part.per_day(policy.cost)), bare_percent(policy.violation_share)],
        ));
        for share in SHARES {
            cells.extend(match part.backtest.cheapest_within(name, share) {
                Some(point) => [money(part.per_day(point.cost)), setting(point), bare_percent(point.violation_share)],
                None => ["never".to_owned(), String::new(), String::new()],
            });
        }
        (name == HEADROOM, cells)
    });
    html! {
        p.caption.before { "The cheapest setting of each family with violations in at most so many of the minutes; “never” where no setting gets there." }
        (table("The cheapest settings", &header, rows))
    }
}
