//! `trainer pretrain`: the default model, for groups without one of their own.

use std::path::PathBuf;

use anyhow::{Result, bail};
use trainer::{
    TrainedModel,
    pretrain::{DEFAULT, HeldOut, Plan, pretrain},
};

use crate::{
    files::{check_writable, command_line, present, print, say, write_files},
    progress::TrainingBars,
    table::{maybe, number, table},
};

/// Train the default model on generated histories; it serves groups that have no model of their own yet
#[derive(clap::Args)]
#[command(after_help = "Example:\n  trainer pretrain --out models/default")]
pub(crate) struct Args {
    /// The folder for weights.safetensors and card.json
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
    /// Decides the histories, initial weights and batches
    #[arg(long, default_value_t = Plan::default().settings.seed)]
    seed: u64,
    /// Share of the histories and of the training, above 0 up to 1: less is done sooner, and worse
    #[arg(long, default_value_t = 1.0)]
    share: f64,
}

pub(crate) fn run(args: &Args) -> Result<()> {
    if !(args.share > 0.0 && args.share <= 1.0) {
        bail!("`--share` is {}: give a number above 0 up to 1", args.share);
    }
    let (weights_path, card_path) = (args.out.join("weights.safetensors"), args.out.join("card.json"));
    check_writable(&weights_path)?;
    check_writable(&card_path)?;
    let mut plan = Plan::default().share(args.share);
    plan.settings.seed = args.seed;
    let mut bars = TrainingBars::default();
    let (trained, judged) = pretrain(&plan, command_line(), present()?, &mut |at| bars.show(DEFAULT, at))?;
    drop(bars);
    // The card goes last: a folder with a card has the weights that it describes.
    write_files(&[(&weights_path, &trained.weights), (&card_path, &trained.card.to_json())])?;
    print(&report(&trained, &judged));
    say(&format!("wrote `{}` and `{}`", weights_path.display(), card_path.display()));
    Ok(())
}

fn report(trained: &TrainedModel, judged: &[HeldOut]) -> String {
    let row = |held_out: &HeldOut| {
        let history = match held_out.hours {
            hours if hours % 24 == 0 => format!("{} d", hours / 24),
            hours => format!("{hours} h"),
        };
        vec![
            held_out.profile.map_or("all", headroom_sim::Profile::name).to_owned(),
            history,
            held_out.forecasts.to_string(),
            maybe(held_out.relative_wql()),
            number(held_out.relative_mae()),
            number(held_out.model.coverage.q90),
            number(held_out.model.coverage.q99),
        ]
    };
    let header = ["held out", "history", "forecasts", "WQL / last value", "MAE / last value", "below q0.9", "below q0.99"];
    format!("`{}`, {} bytes\n{}", trained.card.version, trained.weights.len(), table(&header, judged.iter().map(row).collect()))
}
