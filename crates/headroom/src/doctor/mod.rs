//! `headroom doctor`: what is missing or misconfigured, and the command that cures it.

#[cfg(feature = "aws")]
mod aws;
mod checks;
mod commands;
mod facts;
mod finding;
mod show;

use anyhow::{Result, bail};
use futures_util::{StreamExt, stream};
#[cfg(feature = "aws")]
use headroom_core::Group;
use headroom_core::{Fleet, fleet::Mode};
use headroom_store::Store;
use jiff::Timestamp;
use serde::Serialize;

use crate::{clouds::Clouds, output, place::Place};
use checks::{fleet::CONFIGURATION, store::STORE};
use commands::Commands;
use facts::GroupFacts;
use finding::{Finding, Severity};

/// Say what is missing or misconfigured, and the command that cures it
///
/// It looks at the alarms of the stack, the configuration, the store, and the cloud of each group, and changes nothing of them but with
/// --cure.
#[derive(clap::Args)]
#[command(
    after_help = "Examples:\n  headroom doctor --store s3://bucket/headroom\n  headroom doctor --config fleet.toml --store s3://bucket/headroom --group web --json -"
)]
pub(crate) struct Args {
    #[command(flatten)]
    place: Place,
    /// Switch on the group metrics of Auto Scaling groups where they are off, which is free of charge, and look then
    #[arg(long)]
    cure: bool,
    /// The stack on AWS whose alarms are looked at, in the region of AWS_REGION
    #[arg(long, value_name = "NAME", default_value = "headroom")]
    stack: String,
}

/// What was found, for programs.
#[derive(Serialize)]
struct Document<'a> {
    at: Timestamp,
    errors: usize,
    warnings: usize,
    findings: &'a [Finding],
}

/// So many groups are looked at at the same time.
const AT_ONCE: usize = 8;

/// Looks at everything, and prints what was found.
pub(crate) async fn run(args: Args) -> Result<()> {
    let Args { place, cure, stack } = args;
    let lines = place.lines()?;
    let now = Timestamp::now();
    let findings = examine(&place, cure, &stack, now, &mut |line| lines.print(line)).await?;
    show::lines(&findings).iter().for_each(|line| lines.print(line));
    lines.print(&format!("\n{}", show::summary(&findings)));
    let count = |severity| findings.iter().filter(|finding| finding.severity == severity).count();
    let (errors, warnings) = (count(Severity::Error), count(Severity::Warning));
    if let Some(path) = &place.json {
        output::write_json(path, &Document { at: now, errors, warnings, findings: &findings })?;
    }
    if errors > 0 {
        bail!("{} to be cured", if errors == 1 { "1 error is".to_owned() } else { format!("{errors} errors are") });
    }
    Ok(())
}

/// Everything that was found at `now`. What keeps it from looking further is a finding too.
async fn examine(place: &Place, cure: bool, stack: &str, now: Timestamp, say: &mut dyn FnMut(&str)) -> Result<Vec<Finding>> {
    let store = match place.open().await {
        Ok(store) => store,
        Err(error) => {
            let finding = Finding::error(STORE, format!("{error:#}")).because("nothing else can be looked at");
            return Ok(vec![finding]);
        }
    };
    let mut findings = alarms(&place.store, stack).await;
    let fleet = match place.fleet(store.as_ref()).await {
        Ok(fleet) => place.narrow(fleet)?,
        Err(error) => {
            let why = "without a fleet there is nothing to do: correct it, or name another with `--config`";
            findings.push(Finding::error(CONFIGURATION, format!("{error:#}")).because(why).see("A broken object"));
            return Ok(findings);
        }
    };
    let commands = Commands { config: place.config.as_deref(), store: &place.store };
    let clouds = Clouds::of(&fleet).await;
    if cure {
        self::cure(&fleet, &clouds).await.iter().for_each(|line| say(line));
    }
    findings.extend(look(&fleet, place, store.as_ref(), &clouds, &commands, now).await?);
    Ok(findings)
}

/// Looks at `fleet`, whose groups are those that were asked for.
async fn look(
    fleet: &Fleet,
    place: &Place,
    store: &dyn Store,
    clouds: &Clouds,
    commands: &Commands<'_>,
    now: Timestamp,
) -> Result<Vec<Finding>> {
    // What concerns the whole fleet is asked of the whole fleet, whichever group is wanted.
    let whole = if place.group.is_some() { place.fleet(store).await? } else { fleet.clone() };
    let facts = facts::of_fleet(&whole, store, now).await;
    let mut findings = checks::of_fleet(&whole, &facts, commands);
    let groups: Vec<_> = fleet.groups.iter().map(|group| facts::of_group(group, store, now)).collect();
    let groups: Vec<GroupFacts<'_>> = stream::iter(groups).buffered(AT_ONCE).collect().await;
    let of_cloud = cloud(&groups, clouds, now).await;
    for (facts, of_cloud) in groups.iter().zip(of_cloud) {
        findings.extend(checks::of_group(facts, commands));
        findings.extend(of_cloud);
    }
    Ok(findings)
}

/// What the alarms of the stack tell, where the store is on AWS.
#[cfg(feature = "aws")]
async fn alarms(store: &str, stack: &str) -> Vec<Finding> {
    if store.starts_with("s3://") { aws::alarms::look(stack).await } else { no_alarms() }
}

/// What the alarms of the stack tell: this build has no store on AWS.
#[cfg(not(feature = "aws"))]
async fn alarms(_store: &str, _stack: &str) -> Vec<Finding> {
    no_alarms()
}

fn no_alarms() -> Vec<Finding> {
    vec![Finding::ok(ALARMS, "the store is of no stack on AWS: there are none to ask")]
}

const ALARMS: &str = "alarms";

/// What the cloud of each group tells of it.
#[cfg(feature = "aws")]
async fn cloud(groups: &[GroupFacts<'_>], clouds: &Clouds, now: Timestamp) -> Vec<Vec<Finding>> {
    // How bad a thing is hangs on the mode in force.
    let in_force: Vec<(Group, &GroupFacts<'_>)> = groups
        .iter()
        .filter(|facts| is_in_aws(facts))
        .map(|facts| (Group { mode: facts.mode(), ..facts.group.clone() }, facts))
        .collect();
    let in_aws: Vec<_> = in_force.iter().map(|(group, facts)| (group, &facts.state)).collect();
    let mut found = match clouds.aws() {
        Some(ports) => aws::facts(&in_aws, ports, now).await,
        None => Vec::new(),
    }
    .into_iter();
    let of = |facts: &GroupFacts<'_>| {
        let told = if is_in_aws(facts) { found.next() } else { None };
        told.map_or_else(|| no_cloud(facts), |told| aws::checks(&told))
    };
    groups.iter().map(of).collect()
}

/// What the cloud of each group tells of it: this build has none.
#[cfg(not(feature = "aws"))]
async fn cloud(groups: &[GroupFacts<'_>], _clouds: &Clouds, _now: Timestamp) -> Vec<Vec<Finding>> {
    let of = |facts: &GroupFacts<'_>| {
        if !is_in_aws(facts) {
            return no_cloud(facts);
        }
        let what = "this build has no AWS: build `headroom` with `--features aws`";
        vec![Finding::error(CLOUD, what).because("the group itself was not looked at").of_group(&facts.group.id)]
    };
    groups.iter().map(of).collect()
}

const CLOUD: &str = "cloud";

fn is_in_aws(facts: &GroupFacts<'_>) -> bool {
    facts.group.provider == "aws" && facts.group.mode != Mode::Off
}

fn no_cloud(facts: &GroupFacts<'_>) -> Vec<Finding> {
    let group = facts.group;
    if group.mode == Mode::Off {
        return Vec::new();
    }
    let finding = match group.provider.as_str() {
        "simulated" => Finding::ok(CLOUD, "`simulated`: there is none to ask"),
        other => Finding::error(CLOUD, format!("`{other}` is none that Headroom knows"))
            .because("nothing can be measured or set: write `provider = \"aws\"` in `fleet.toml`"),
    };
    vec![finding.of_group(&group.id)]
}

/// Does the one thing that is cured at a word. A line for each.
#[cfg(feature = "aws")]
async fn cure(fleet: &Fleet, clouds: &Clouds) -> Vec<String> {
    let groups: Vec<_> = fleet.groups.iter().filter(|group| group.provider == "aws" && group.mode != Mode::Off).collect();
    match clouds.aws() {
        Some(ports) => aws::cure(&groups, ports).await,
        None => Vec::new(),
    }
}

/// Does the one thing that is cured at a word: this build has no cloud to do it in.
#[cfg(not(feature = "aws"))]
async fn cure(_fleet: &Fleet, _clouds: &Clouds) -> Vec<String> {
    vec!["not cured: this build has no AWS: build `headroom` with `--features aws`".to_owned()]
}
