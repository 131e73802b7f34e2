//! The options of `headroom serve`, and the combinations of them that would be unsafe.

use std::{net::SocketAddr, num::NonZeroU32, path::PathBuf};

use anyhow::{Result, bail};
use dashboard_api::access::Provider;
use jiff::civil::Time;

use crate::{gate::Gate, listening::tls::Files};

/// Run collector, scaler, trainer and dashboard in one process, without Lambda
///
/// Each group ticks a minute after its steps end, models are trained once a day and when someone asks for it, and the dashboard
/// answers on 127.0.0.1 unless told otherwise. Ctrl-C ends it after the tick that runs.
#[derive(clap::Args)]
#[command(
    after_help = "Examples:\n  headroom serve --config fleet.toml --store file:///var/lib/headroom\n  headroom serve --store s3://bucket/headroom --listen 0.0.0.0:8443 --tls-cert cert.pem --tls-key key.pem --token-secret-file secret\n  headroom serve --config fleet.toml --store s3://bucket/headroom --issuer https://login.example.com --audience headroom --plain-http"
)]
pub(crate) struct Args {
    /// The fleet, read again when the file changes; without it, `config/fleet.toml` of the store
    #[arg(long, value_name = "FILE.toml")]
    pub(super) config: Option<PathBuf>,
    /// Where everything is kept: file:///path or s3://bucket/prefix
    #[arg(long, value_name = "URL")]
    pub(super) store: String,
    #[command(flatten)]
    pub(super) dashboard: Dashboard,
    /// When models are trained every day, in UTC
    #[arg(long, value_name = "HH:MM", default_value = "03:20", value_parser = time_of_day)]
    pub(super) train_at: Time,
    /// Train nothing, neither every day nor when someone asks for it
    #[arg(long, conflicts_with = "train_at")]
    pub(super) no_training: bool,
    /// For trials: groups with `provider = "simulated"`, each a web shop of its own in a simulated cloud
    #[arg(long)]
    pub(super) simulate: bool,
    /// How many times faster than real time the simulation runs, where the machine keeps up
    #[arg(long, default_value_t = 1, value_name = "N", requires = "simulate", value_parser = clap::value_parser!(u32).range(1..=10_000))]
    pub(super) speed: u32,
    /// What goes wrong in the simulated cloud is drawn from this seed; without it, nothing does
    #[arg(long, value_name = "SEED", requires = "simulate", hide = true)]
    pub(super) faults: Option<u64>,
    /// How to write the log, which goes to standard error
    #[arg(long, value_enum, default_value_t = LogForm::Text)]
    pub(crate) log: LogForm,
}

/// Who sees the dashboard, and how.
#[derive(clap::Args)]
pub(super) struct Dashboard {
    /// Address of the dashboard; port 0 takes any free one
    #[arg(long, value_name = "ADDRESS:PORT", default_value = "127.0.0.1:8080")]
    pub(super) listen: SocketAddr,
    /// Certificate for HTTPS, in PEM, with those between it and its authority; read again when it changes
    #[arg(long, value_name = "FILE.pem", requires = "tls_key")]
    tls_cert: Option<PathBuf>,
    /// Key of the certificate, in PEM
    #[arg(long, value_name = "FILE.pem", requires = "tls_cert")]
    tls_key: Option<PathBuf>,
    /// A proxy in front does HTTPS: listen without, on any address
    #[arg(long, conflicts_with = "tls_cert")]
    pub(super) plain_http: bool,
    /// Let tokens in that are signed with this file's secret, as `headroom token` makes them
    #[arg(long, value_name = "FILE", conflicts_with = "issuer")]
    token_secret_file: Option<PathBuf>,
    /// Let tokens in of this OpenID Connect provider
    #[arg(long, value_name = "URL", requires = "audience")]
    issuer: Option<String>,
    /// Whom the provider's tokens must be for
    #[arg(long, value_name = "AUDIENCE", requires = "issuer")]
    audience: Option<String>,
    /// Where the provider's tokens have viewer, operator or admin
    #[arg(long, value_name = "CLAIM", default_value = "roles", requires = "issuer")]
    roles_claim: String,
    /// The name under which the page signs in at the provider; without it, the page asks for a token
    #[arg(long, value_name = "ID", requires = "issuer")]
    client_id: Option<String>,
    /// Let pages of this origin ask, for example `https://ops.example.com`; may be given more than once
    #[arg(long, value_name = "URL")]
    pub(super) cors_origin: Vec<String>,
    /// Requests a second that one caller may send
    #[arg(long, value_name = "N", default_value = "20")]
    requests_per_second: NonZeroU32,
}

/// How the log is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum LogForm {
    /// Lines for people: what is wrong, and what changed
    Text,
    /// A JSON object a line for programs, as the functions on Lambda write it: everything
    Json,
}

impl Dashboard {
    /// Who is let in: whoever has a token of the secret or of the provider, else whoever reads the first lines of this run.
    ///
    /// # Errors
    /// Where the secret cannot be used, or the provider is none.
    pub(super) fn gate(&self) -> Result<Gate> {
        let gate = match (&self.token_secret_file, &self.issuer, &self.audience) {
            (Some(path), ..) => Gate::of_secret(path)?,
            (None, Some(issuer), Some(audience)) => Gate::of_provider(Provider {
                roles_claim: self.roles_claim.clone(),
                client_id: self.client_id.clone(),
                ..Provider::new(issuer, audience)
            })?,
            _ => Gate::of_this_run()?,
        };
        Ok(gate.with_rate(self.requests_per_second))
    }

    /// The files of the certificate.
    pub(super) fn files(&self) -> Option<Files> {
        let (certificate, key) = (self.tls_cert.clone()?, self.tls_key.clone()?);
        Some(Files { certificate, key })
    }

    /// Whether only this machine is served, by its own names.
    pub(super) fn is_private(&self) -> bool {
        self.listen.ip().is_loopback() && !self.plain_http
    }

    /// Refuses what would let others read tokens, or let anybody in.
    ///
    /// # Errors
    /// Where it would.
    pub(super) fn check(&self) -> Result<()> {
        let listen = self.listen;
        if listen.ip().is_loopback() {
            return Ok(());
        }
        if self.tls_cert.is_none() && !self.plain_http {
            bail!(
                "`--listen {listen}` is open to other machines, and without TLS tokens could be read on their way: give `--tls-cert` and \
                 `--tls-key`, or `--plain-http` where a proxy in front does TLS"
            );
        }
        if self.token_secret_file.is_none() && self.issuer.is_none() {
            bail!(
                "`--listen {listen}` is open to other machines, and nothing says whom to let in: give `--token-secret-file`, or `--issuer` \
                 and `--audience`"
            );
        }
        Ok(())
    }
}

fn time_of_day(text: &str) -> Result<Time, String> {
    let parts = text.split_once(':').filter(|(hour, minute)| hour.len() == 2 && minute.len() == 2);
    let time = parts.and_then(|(hour, minute)| Time::new(hour.parse().ok()?, minute.parse().ok()?, 0, 0).ok());
    time.ok_or_else(|| "write hours and minutes, such as 03:20".to_owned())
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    #[derive(Parser)]
    struct Cli {
        #[command(flatten)]
        args: Args,
    }

    fn checked(options: &str) -> Result<(), String> {
        let words = format!("serve --store file:///tmp/store {options}");
        let cli = Cli::try_parse_from(words.split_whitespace()).map_err(|error| error.to_string())?;
        cli.args.dashboard.check().map_err(|error| error.to_string())
    }

    #[test]
    fn what_is_safe_is_let_pass() {
        for options in [
            "",
            "--listen 127.0.0.1:0",
            "--listen [::1]:8080",
            "--listen 127.0.0.1:8443 --tls-cert c --tls-key k",
            "--listen 127.0.0.1:8080 --plain-http",
            "--listen 0.0.0.0:8443 --tls-cert c --tls-key k --token-secret-file s",
            "--listen 0.0.0.0:8443 --tls-cert c --tls-key k --issuer https://login.example.com --audience headroom",
            "--listen 10.0.0.7:8080 --plain-http --token-secret-file s",
        ] {
            assert_eq!(checked(options), Ok(()), "{options}");
        }
    }

    #[test]
    fn what_is_not_says_why_and_what_to_do() {
        let open = "is open to other machines, and without TLS tokens could be read on their way: give `--tls-cert` and `--tls-key`, or \
                    `--plain-http` where a proxy in front does TLS";
        let anybody = "is open to other machines, and nothing says whom to let in: give `--token-secret-file`, or `--issuer` and `--audience`";
        for (options, listen, why) in [
            ("--listen 0.0.0.0:8080", "0.0.0.0:8080", open),
            ("--listen [::]:8080 --token-secret-file s", "[::]:8080", open),
            ("--listen 192.168.1.5:80 --issuer https://login.example.com --audience a", "192.168.1.5:80", open),
            ("--listen 0.0.0.0:8080 --plain-http", "0.0.0.0:8080", anybody),
            ("--listen 0.0.0.0:8443 --tls-cert c --tls-key k", "0.0.0.0:8443", anybody),
        ] {
            assert_eq!(checked(options), Err(format!("`--listen {listen}` {why}")), "{options}");
        }
    }

    #[test]
    fn options_that_do_not_go_together_are_wrong_use() {
        for (options, part) in [
            ("--tls-cert c", "--tls-key"),
            ("--tls-key k", "--tls-cert"),
            ("--tls-cert c --tls-key k --plain-http", "cannot be used with"),
            ("--token-secret-file s --issuer https://a --audience b", "cannot be used with"),
            ("--issuer https://login.example.com", "--audience"),
            ("--client-id page", "--issuer"),
            ("--roles-claim groups", "--issuer"),
            ("--no-training --train-at 04:00", "cannot be used with"),
            ("--train-at 24:00", "write hours and minutes, such as 03:20"),
            ("--train-at 3:20", "write hours and minutes, such as 03:20"),
            ("--listen 8080", "--listen"),
            ("--speed 10", "--simulate"),
            ("--requests-per-second 0", "--requests-per-second"),
            ("--log xml", "text, json"),
        ] {
            let error = checked(options).unwrap_err();
            assert!(error.contains(part), "{options}: {error}");
        }
    }

    #[test]
    fn the_time_of_day_is_told_by_hours_and_minutes() {
        assert_eq!(time_of_day("03:20"), Ok(Time::constant(3, 20, 0, 0)));
        assert_eq!(time_of_day("23:59"), Ok(Time::constant(23, 59, 0, 0)));
        for wrong in ["", "3", "03:60", "-1:00", "03:20:00", "a3:20"] {
            assert!(time_of_day(wrong).is_err(), "{wrong}");
        }
    }
}
