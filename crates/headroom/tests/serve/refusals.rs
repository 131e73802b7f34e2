//! What is not served, and why.

use crate::process::{AWS_GROUP, Home, headroom};

/// The one line that `serve` with these options says, without `error: `.
fn refused(home: &Home, options: &str) -> String {
    let run = headroom(&format!("serve {} {options}", home.place()));
    assert_eq!((run.status, run.stdout.as_str()), (Some(1), ""), "{options}: {}", run.stderr);
    assert!(!home.path("store").exists(), "nothing was stored");
    run.stderr.strip_prefix("error: ").expect(&run.stderr).trim_end().to_owned()
}

#[test]
fn an_address_that_others_reach_wants_tls_and_access() {
    let home = Home::with(AWS_GROUP);
    assert_eq!(
        refused(&home, "--listen 0.0.0.0:0"),
        "`--listen 0.0.0.0:0` is open to other machines, and without TLS tokens could be read on their way: give `--tls-cert` and \
         `--tls-key`, or `--plain-http` where a proxy in front does TLS"
    );
    assert_eq!(
        refused(&home, "--listen 0.0.0.0:0 --plain-http"),
        "`--listen 0.0.0.0:0` is open to other machines, and nothing says whom to let in: give `--token-secret-file`, or `--issuer` \
         and `--audience`"
    );
}

#[test]
fn a_secret_that_others_may_read_is_no_secret() {
    use std::os::unix::fs::PermissionsExt;
    let home = Home::with(AWS_GROUP);
    let secret = home.path("secret");
    std::fs::write(&secret, "x".repeat(64)).unwrap();
    std::fs::set_permissions(&secret, std::fs::Permissions::from_mode(0o644)).unwrap();
    let name = secret.display();
    assert_eq!(
        refused(&home, &format!("--token-secret-file {name}")),
        format!(
            "the secret of `{name}` may be read or changed by others (mode 0644): run `chmod 600 {name}`, or better make a new one"
        )
    );
}

#[test]
fn a_fleet_that_cannot_be_served_is_named() {
    let simulated = Home::with("[[group]]\nid = \"web\"\nprovider = \"simulated\"\n");
    let error = refused(&simulated, "");
    assert!(
        error.contains("fleet.toml`: group `web` has `provider = \"simulated\"`") && error.contains("`--simulate`"),
        "{error}"
    );
    let error = refused(&Home::with(AWS_GROUP), "--simulate");
    assert!(error.contains("with `--simulate` nothing real is touched"), "{error}");
    let error = refused(&Home::with("[[group]]\nid = \"web\"\nstep_seconds = 7\n"), "");
    assert!(error.contains("`step_seconds` = 7 is neither 60 nor 300"), "{error}");
}

#[test]
fn an_address_or_a_provider_that_cannot_be_is_named() {
    let home = Home::with(AWS_GROUP);
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap();
    let error = refused(&home, &format!("--listen {address}"));
    assert!(error.starts_with(&format!("listening on {address}: choose another address with `--listen`: ")), "{error}");
    let error = refused(&home, "--listen 127.0.0.1:0 --issuer http://login.example.com --audience headroom");
    assert!(error.contains("http://login.example.com") && error.contains("https"), "{error}");
    let error = refused(&home, "--listen 127.0.0.1:0 --cors-origin *");
    assert!(error.contains("`--cors-origin`: the origin `*` would let every page in"), "{error}");
    let run = headroom("serve --store stroe");
    assert_eq!(run.status, Some(1));
    assert!(
        run.stderr.contains("opening the store `stroe`") && run.stderr.contains("write file:///absolute/path"),
        "{}",
        run.stderr
    );
}

#[test]
fn help_has_an_example() {
    for command in ["serve", "token"] {
        let run = headroom(&format!("{command} --help"));
        assert_eq!((run.status, run.stderr.as_str()), (Some(0), ""));
        assert!(run.stdout.contains(&format!("  headroom {command} --")), "{}", run.stdout);
    }
}
