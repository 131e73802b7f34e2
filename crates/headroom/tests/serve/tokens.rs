//! `headroom token`.

use std::os::unix::fs::PermissionsExt;

use crate::process::headroom;

#[test]
fn a_new_secret_is_its_owners_and_is_never_overwritten() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("secret");
    let run = headroom(&format!("token --new-secret {}", path.display()));
    assert_eq!((run.status, run.stdout), (Some(0), format!("a new secret is in `{}`\n", path.display())), "{}", run.stderr);
    assert_eq!(path.metadata().unwrap().permissions().mode() & 0o777, 0o600);
    let secret = std::fs::read_to_string(&path).unwrap();
    assert!(secret.trim_end().len() == 128 && secret.trim_end().bytes().all(|byte| byte.is_ascii_hexdigit()));
    let again = headroom(&format!("token --new-secret {}", path.display()));
    assert_eq!((again.status, again.stdout.as_str()), (Some(1), ""));
    assert!(again.stderr.contains("is there, and its secret may be in use: name another file"), "{}", again.stderr);
    assert_eq!(std::fs::read_to_string(&path).unwrap(), secret);
}

#[test]
fn a_token_is_all_that_is_printed() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("secret");
    headroom(&format!("token --new-secret {}", path.display()));
    let run = headroom(&format!("token --secret-file {} --subject alice --role admin --hours 1", path.display()));
    assert_eq!((run.status, run.stderr.as_str()), (Some(0), ""));
    let token = run.stdout.strip_suffix('\n').unwrap();
    assert_eq!(token.split('.').count(), 3, "{token}");
    assert!(!token.contains(char::is_whitespace));
}

#[test]
fn what_makes_no_token_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("secret");
    headroom(&format!("token --new-secret {}", path.display()));
    let secret = format!("--secret-file {}", path.display());
    for (options, status, part) in [
        (format!("token {secret}"), 2, "--subject"),
        ("token --subject alice".to_owned(), 2, "--secret-file"),
        ("token".to_owned(), 2, "--secret-file"),
        (format!("token {secret} --subject alice --role root"), 2, "viewer, operator, admin"),
        (format!("token {secret} --subject alice --hours 0"), 2, "--hours"),
        (format!("token {secret} --subject alice --hours 9000"), 2, "--hours"),
        (format!("token {secret} --subject {}", "x".repeat(300)), 1, "`subject`"),
        ("token --new-secret no/such/folder/secret".to_owned(), 1, "writing the secret `no/such/folder/secret`"),
        ("token --secret-file no/such --subject alice".to_owned(), 1, "reading the secret of `no/such`"),
    ] {
        let run = headroom(&options);
        assert_eq!((run.status, run.stdout.as_str()), (Some(status), ""), "{options}: {}", run.stderr);
        assert!(run.stderr.contains(part), "{options}: {}", run.stderr);
    }
}
