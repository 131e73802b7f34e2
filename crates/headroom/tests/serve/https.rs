//! The dashboard over HTTPS, with a certificate that is made here.

use std::path::Path;

use rcgen::{CertifiedKey, KeyPair, generate_simple_self_signed};
use reqwest::{Certificate, blocking::Client};
use serde_json::Value;

use crate::process::{AWS_GROUP, Home, Serving, get, headroom, nobody};

/// Writes a new certificate for this machine, and gives a client that trusts it and nothing else.
fn certify(home: &Home) -> Client {
    let CertifiedKey { cert, signing_key } =
        generate_simple_self_signed(["localhost".to_owned(), "127.0.0.1".to_owned()]).unwrap();
    std::fs::write(home.path("cert.pem"), cert.pem()).unwrap();
    write_key(home, &signing_key);
    let trusted = Certificate::from_pem(cert.pem().as_bytes()).unwrap();
    // Every request its own connection: what is presented then is what holds then.
    Client::builder().tls_certs_only([trusted]).pool_max_idle_per_host(0).build().unwrap()
}

fn write_key(home: &Home, key: &KeyPair) {
    std::fs::write(home.path("key.pem"), key.serialize_pem()).unwrap();
}

fn token(secret: &Path, subject: &str, role: &str) -> String {
    let run = headroom(&format!("token --subject {subject} --role {role} --secret-file {}", secret.display()));
    assert_eq!(run.status, Some(0), "{}", run.stderr);
    run.stdout.trim().to_owned()
}

fn options(home: &Home) -> String {
    let (secret, cert, key) = (home.path("secret"), home.path("cert.pem"), home.path("key.pem"));
    assert_eq!(headroom(&format!("token --new-secret {}", secret.display())).status, Some(0));
    format!(
        "{} --listen 127.0.0.1:0 --tls-cert {} --tls-key {} --token-secret-file {}",
        home.place(),
        cert.display(),
        key.display(),
        secret.display()
    )
}

#[test]
fn it_answers_over_https_to_tokens_of_the_secret_and_takes_in_a_new_certificate() {
    let home = Home::with(AWS_GROUP);
    let client = certify(&home);
    let mut serving = Serving::start(&options(&home), &nobody());
    let url = serving.dashboard();
    assert!(url.starts_with("https://127.0.0.1:") && !url.contains("token"), "{url}");
    let session = format!("{url}/api/session");

    let alice = token(&home.path("secret"), "alice", "operator");
    let answer = get(&client, &session, Some(&alice));
    assert_eq!(answer.status(), 200);
    let known: Value = serde_json::from_str(&answer.text().unwrap()).unwrap();
    assert_eq!((&known["subject"], &known["role"]), (&"alice".into(), &"operator".into()), "{known}");
    assert_eq!(get(&client, &session, None).status(), 401);
    let stranger = Home::with("");
    options(&stranger);
    let forged = token(&stranger.path("secret"), "alice", "admin");
    assert_eq!(get(&client, &session, Some(&forged)).status(), 401, "signed with another secret");
    assert!(Client::new().get(&session).send().is_err(), "a client that does not know the certificate");
    assert!(client.get(session.replace("https", "http")).send().is_err(), "no plain HTTP on the same port");

    let new = certify(&home);
    assert!(new.get(&session).send().is_err(), "not read yet");
    serving.signal("-HUP");
    serving.until("the new certificate is presented", |_| new.get(&session).send().is_ok());
    assert!(client.get(&session).send().is_err(), "the old one is gone");

    std::fs::write(home.path("key.pem"), "no key").unwrap();
    serving.signal("-HUP");
    serving.until("the broken key is told", |serving| serving.stderr().contains("are not a certificate and its key"));
    assert!(serving.stderr().contains("the certificate that was read before goes on"), "{}", serving.stderr());
    assert_eq!(get(&new, &session, Some(&alice)).status(), 200);
    assert_eq!(serving.end_with("-TERM"), Some(0));
}

#[test]
fn a_certificate_that_is_none_is_told_before_anything_runs() {
    let home = Home::with(AWS_GROUP);
    certify(&home);
    let options = options(&home);
    write_key(&home, &KeyPair::generate().unwrap());
    let refused = |parts: &[&str]| {
        let run = headroom(&format!("serve {options}"));
        assert_eq!((run.status, run.stdout.as_str()), (Some(1), ""), "{}", run.stderr);
        for part in parts {
            assert!(run.stderr.contains(part), "no `{part}`: {}", run.stderr);
        }
    };
    refused(&["cert.pem` and `", "key.pem` are not a certificate and its key: give both in PEM"]);
    std::fs::remove_file(home.path("cert.pem")).unwrap();
    refused(&["opening `", "cert.pem`", "No such file"]);
    assert!(!home.path("store").exists(), "nothing was stored");
}
