//! A start without a reachable Teleport, signals, and the end.

use crate::program::{Program, Running};

/// Runs against a port where nobody listens, until it has begun to work.
#[track_caller]
fn unreachable_teleport(more: &str) -> Running {
    let config = format!(
        "[teleport]\naddr = \"127.0.0.1:1\"\nclient_crt = \"auth.crt\"\nclient_key = \"auth.key\"\n\
         root_cas = \"auth.cas\"\n[mattermost]\nurl = \"http://127.0.0.1:1\"\n\
         token = \"hunter2-the-token-of-26ch\"\nrecipients = [\"lab/access\"]\n{more}"
    );
    let credentials = Credentials::new();
    Program::start(&config)
        .file("auth.crt", credentials.crt)
        .file("auth.key", credentials.key)
        .file("auth.cas", credentials.cas)
        .args("-d")
        .spawn()
}

/// What `tctl auth sign --format=tls` would write.
struct Credentials {
    crt: String,
    key: String,
    cas: String,
}

impl Credentials {
    fn new() -> Self {
        use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair};
        let authority_key = KeyPair::generate().unwrap();
        let mut authority = CertificateParams::default();
        authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        authority.distinguished_name.push(DnType::CommonName, "lab.example");
        authority.distinguished_name.push(DnType::OrganizationName, "lab.example");
        let cas = authority.self_signed(&authority_key).unwrap().pem();
        let key = KeyPair::generate().unwrap();
        let mut client = CertificateParams::default();
        client.distinguished_name.push(DnType::CommonName, "accessbot");
        let crt = client.signed_by(&key, &Issuer::new(authority, authority_key)).unwrap().pem();
        Self { crt, key: key.serialize_pem(), cas }
    }
}

#[test]
fn an_unreachable_teleport_is_waited_for_and_a_signal_ends_with_0() {
    for signal in ["TERM", "INT"] {
        // Twice: it does not give up.
        let waits = "not ready: the cluster does not answer";
        let running = unreachable_teleport("").says(waits).says(waits);
        running.signal(signal);
        let outcome = running.ended().code(0).hides("hunter2");
        assert!(outcome.stderr.contains("told to stop"), "{}", outcome.stderr);
        assert!(!outcome.stderr.lines().any(|line| line.starts_with("error: ")), "{}", outcome.stderr);
    }
}

#[test]
fn a_hangup_opens_the_log_file_anew() {
    let running = unreachable_teleport("[log]\noutput = \"bot.log\"\n");
    let log = running.folder().join("bot.log");
    wait_for(&log, "Teleport is configured");
    let rotated = running.folder().join("bot.log.1");
    std::fs::rename(&log, &rotated).unwrap();
    running.signal("HUP");
    wait_for(&log, "SIGHUP: the log goes on here");
    assert!(std::fs::read_to_string(rotated).unwrap().contains("accessbot starts"));
    running.signal("TERM");
    let outcome = running.ended().code(0);
    assert!(outcome.read("bot.log").contains("stopped"));
    assert_eq!(outcome.stderr, "");
}

/// Waits until a file holds a text.
#[track_caller]
fn wait_for(path: &std::path::Path, text: &str) {
    let what = format!("{} holds `{text}`", path.display());
    eventually(&what, || std::fs::read_to_string(path).ok().filter(|log| log.contains(text)));
}

/// Waits for something that another process does to a file.
#[track_caller]
pub(crate) fn eventually<T>(what: &str, look: impl Fn() -> Option<T>) -> T {
    for _ in 0..3000 {
        if let Some(found) = look() {
            return found;
        }
        #[expect(clippy::disallowed_methods, reason = "another process writes the file; there is no task to block")]
        std::thread::sleep(std::time::Duration::from_millis(10));
    }
    panic!("waited in vain until {what}");
}
