//! `headroom token`: tokens for a dashboard that knows a secret.

use std::path::PathBuf;

use anyhow::{Context, Result};
use dashboard_api::access::{Role, mint};
use jiff::{SignedDuration, Timestamp};

use crate::{gate::AUDIENCE, secret, terminal::Lines};

/// Make a token that opens the dashboard, or a secret to make tokens with
///
/// The token is all that is written to standard output. Whoever has it has the role until its time is up: send it as you would a
/// password.
#[derive(clap::Args)]
#[command(
    after_help = "Examples:\n  headroom token --new-secret /etc/headroom/secret\n  headroom token --secret-file /etc/headroom/secret --subject alice --role operator --hours 12"
)]
pub(crate) struct Args {
    /// Write a new secret to this file, which only you may read, and make no token
    #[arg(long, value_name = "FILE", conflicts_with_all = ["secret_file", "subject", "role", "hours"])]
    new_secret: Option<PathBuf>,
    /// The secret that `headroom serve --token-secret-file` reads
    #[arg(long, value_name = "FILE", required_unless_present = "new_secret")]
    secret_file: Option<PathBuf>,
    /// Who will use the token, for the record of what was done with it
    #[arg(long, value_name = "NAME", required_unless_present = "new_secret")]
    subject: Option<String>,
    /// What the token lets do
    #[arg(long, value_enum, default_value_t = RoleName::Viewer)]
    role: RoleName,
    /// How long it lets do that
    #[arg(long, value_name = "N", default_value_t = 12, value_parser = clap::value_parser!(u32).range(1..=8784))]
    hours: u32,
}

/// What a token lets do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum RoleName {
    /// Look
    Viewer,
    /// Stop, approve, change modes and the calendar
    Operator,
    /// Store metrics, ask for a training and read the audit record, too
    Admin,
}

impl RoleName {
    fn role(self) -> Role {
        match self {
            Self::Viewer => Role::Viewer,
            Self::Operator => Role::Operator,
            Self::Admin => Role::Admin,
        }
    }
}

pub(crate) fn run(args: &Args) -> Result<()> {
    let lines = Lines { to_stderr: false };
    if let Some(path) = &args.new_secret {
        secret::make(path)?;
        lines.print(&format!("a new secret is in `{}`", path.display()));
        return Ok(());
    }
    let path = args.secret_file.as_ref().context("`--secret-file` is missing")?;
    let subject = args.subject.as_deref().context("`--subject` is missing")?;
    let lifetime = SignedDuration::from_hours(args.hours.into());
    let token = mint(&secret::read(path)?, AUDIENCE, subject, args.role.role(), lifetime, Timestamp::now())?;
    lines.print(&token);
    Ok(())
}
