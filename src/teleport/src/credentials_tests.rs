use std::fs;

use rcgen::{BasicConstraints, CertificateParams, DistinguishedName, DnType, IsCa, Issuer, KeyPair, date_time_ymd};

use super::*;
use crate::certificate::IssuedBy;

/// 2026-11-21, in the middle of the certificates' life.
const NOW: Timestamp = Timestamp::from_millis(1_795_219_200_000);

/// A cluster's authority, and what it signs.
struct Cluster {
    issuer: Issuer<'static, KeyPair>,
    ca: String,
}

fn cluster() -> Cluster {
    let mut params = CertificateParams::new(Vec::new()).unwrap();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.distinguished_name = DistinguishedName::new();
    params.distinguished_name.push(DnType::CommonName, "lab.example");
    let key = KeyPair::generate().unwrap();
    let ca = params.self_signed(&key).unwrap().pem();
    Cluster { issuer: Issuer::new(params, key), ca }
}

/// The certificate of `access-plugin` for 2026, with a user name that only `change` may alter.
fn user(cluster: &Cluster, change: impl FnOnce(&mut CertificateParams)) -> (String, String) {
    let key = KeyPair::generate().unwrap();
    let mut params = CertificateParams::new(Vec::new()).unwrap();
    params.distinguished_name = DistinguishedName::new();
    params.distinguished_name.push(DnType::CommonName, "access-plugin");
    params.distinguished_name.push(DnType::OrganizationName, "access-plugin-role");
    params.not_before = date_time_ymd(2026, 1, 1);
    params.not_after = date_time_ymd(2027, 1, 1);
    change(&mut params);
    (params.signed_by(&key, &cluster.issuer).unwrap().pem(), key.serialize_pem())
}

/// A directory of files, and what loading them says with the directory's name left out.
struct Files(tempfile::TempDir);

impl Files {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn write(&self, name: &str, content: impl AsRef<[u8]>) -> &Self {
        fs::write(self.path(name), content).unwrap();
        self
    }

    fn tls(&self, crt: &str, key: &str, cas: &str) -> Result<Credentials, CredentialError> {
        let (client_crt, client_key, root_cas) = (self.path(crt), self.path(key), self.path(cas));
        CredentialFiles::Tls { client_crt, client_key, root_cas }.load(NOW)
    }

    fn identity(&self, name: &str) -> Result<Credentials, CredentialError> {
        CredentialFiles::Identity(self.path(name)).load(NOW)
    }

    fn words(&self, loaded: Result<Credentials, CredentialError>) -> String {
        match loaded {
            Ok(credentials) => format!("ok: {}", credentials.user()),
            Err(error) => {
                let text = format!("{error}\n  hint: {}", error.hint());
                text.replace(&format!("{}/", self.0.path().display()), "")
            }
        }
    }
}

#[test]
fn good_files_say_who_we_are() {
    let cluster = cluster();
    let (crt, key) = user(&cluster, |_| {});
    let credentials = Credentials::from_pem(&crt, &key, &cluster.ca, NOW).unwrap();
    assert_eq!(credentials.user(), "access-plugin");
    assert_eq!(credentials.cluster(), "lab.example");
    assert_eq!(credentials.certificate().roles, ["access-plugin-role"]);
    assert_eq!(credentials.certificate().issued_by, IssuedBy::Unknown);
    assert_eq!(credentials.certificate().not_before.to_string(), "2026-01-01T00:00:00Z");
    assert_eq!(credentials.expires().to_string(), "2027-01-01T00:00:00Z");
}

#[test]
fn an_identity_file_is_read_whatever_stands_between_its_blocks() {
    let (mine, leaf) = (cluster(), cluster());
    let (crt, key) = user(&mine, |_| {});
    let ssh = "ssh-rsa-cert-v01@openssh.com AAAAHHNzaC1yc2E";
    let text = format!(
        "# made by hand\n{key}{ssh}\n{crt}@cert-authority *.lab.example ssh-rsa AAAA type=host\n{}{}",
        mine.ca, leaf.ca
    );
    let files = Files::new();
    files.write("identity", &text).write("crlf", text.replace('\n', "  \r\n")).write("no-end", text.trim_end());
    for name in ["identity", "crlf", "no-end"] {
        assert_eq!(files.words(files.identity(name)), "ok: access-plugin", "{name}");
    }
}

#[test]
fn several_authorities_and_junk_are_fine_in_tls_files() {
    let (mine, other) = (cluster(), cluster());
    let (crt, key) = user(&mine, |_| {});
    let files = Files::new();
    files
        .write("bot.crt", format!("subject=/CN=access-plugin\r\n{}", crt.replace('\n', "\r\n")))
        .write("bot.key", format!("\u{feff}{key}\n \n"))
        .write("bot.cas", format!("{}\n\n{}", other.ca, mine.ca));
    assert_eq!(files.words(files.tls("bot.crt", "bot.key", "bot.cas")), "ok: access-plugin");
}

#[test]
fn every_mistake_in_a_certificate_file_is_named() {
    let cluster = cluster();
    let (crt, key) = user(&cluster, |_| {});
    let (old, old_key) = user(&cluster, |p| p.not_after = date_time_ymd(2026, 2, 1));
    let (early, early_key) = user(&cluster, |p| p.not_before = date_time_ymd(2026, 12, 24));
    let files = Files::new();
    files
        .write("bot.key", &key)
        .write("bot.cas", &cluster.ca)
        .write("old.crt", old)
        .write("old.key", old_key)
        .write("early.crt", early)
        .write("early.key", early_key)
        .write("empty", " \n\n")
        .write("binary", [0x30, 0x82, 0xff, 0xfe])
        .write("large", vec![b'x'; 1024 * 1024 + 1])
        .write("truncated.crt", &crt[..crt.len() / 2])
        .write("garbled.crt", crt.replacen('M', "*", 1))
        .write("broken.crt", "-----BEGIN CERTIFICATE-----\nAQID\n-----END CERTIFICATE-----")
        .write("key-cert.pub", "ssh-ed25519-cert-v01@openssh.com AAAA me@here\n")
        .write("notes", "ask ivan for the files\n");
    let report: Vec<String> = [
        ("absent", "bot.key"),
        (".", "bot.key"),
        ("empty", "bot.key"),
        ("binary", "bot.key"),
        ("large", "bot.key"),
        ("notes", "bot.key"),
        ("key-cert.pub", "bot.key"),
        ("bot.key", "bot.key"),
        ("bot.cas", "bot.key"),
        ("truncated.crt", "bot.key"),
        ("garbled.crt", "bot.key"),
        ("broken.crt", "bot.key"),
        ("old.crt", "old.key"),
        ("early.crt", "early.key"),
    ]
    .iter()
    .map(|(crt, key)| files.words(files.tls(crt, key, "bot.cas")))
    .collect();
    insta::assert_snapshot!(report.join("\n"), @"
    client_crt absent: cannot be read: No such file or directory (os error 2)
      hint: give a path that exists, to a file that the bot's user may read
    client_crt .: cannot be read: Is a directory (os error 21)
      hint: give a path that exists, to a file that the bot's user may read
    client_crt empty: is empty
      hint: client_crt wants the file that ends in .crt; sign new ones with `tctl auth sign --format=tls`
    client_crt binary: is binary, not PEM text
      hint: convert it: `openssl x509 -inform der` for a certificate, `openssl pkey` for a key
    client_crt large: is larger than 1 MiB, which no credential is
      hint: the path probably names something else
    client_crt notes: holds text that is not PEM, but no client certificate
      hint: client_crt wants the file that ends in .crt; sign new ones with `tctl auth sign --format=tls`
    client_crt key-cert.pub: holds an OpenSSH certificate, but no client certificate
      hint: client_crt wants the file that ends in .crt; sign new ones with `tctl auth sign --format=tls`
    client_crt bot.key: holds a private key (PRIVATE KEY), but no client certificate
      hint: are the files swapped? client_crt wants the file that ends in .crt
    client_crt bot.cas: holds the certificate of an authority, but no client certificate
      hint: are the files swapped? client_crt wants the file that ends in .crt
    client_crt truncated.crt: ends within its block `CERTIFICATE`
      hint: client_crt wants the file that ends in .crt; sign new ones with `tctl auth sign --format=tls`
    client_crt garbled.crt: is damaged: its block `CERTIFICATE` is not base64
      hint: client_crt wants the file that ends in .crt; sign new ones with `tctl auth sign --format=tls`
    client_crt broken.crt: holds a certificate that cannot be read: it is damaged
      hint: client_crt wants the file that ends in .crt; sign new ones with `tctl auth sign --format=tls`
    client_crt old.crt: its certificate expired at 2026-02-01T00:00:00Z
      hint: sign a new one with `tctl auth sign --format=tls`, or let tbot renew it
    client_crt early.crt: its certificate is valid from 2026-12-24T00:00:00Z only, and it is 2026-11-21T00:00:00Z now
      hint: compare the clock of this machine with the server's
    ");
}

#[test]
fn every_mistake_in_a_key_file_or_a_file_of_authorities_is_named() {
    let cluster = cluster();
    let (crt, key) = user(&cluster, |_| {});
    let (_, foreign_key) = user(&cluster, |_| {});
    let files = Files::new();
    files
        .write("bot.crt", &crt)
        .write("bot.key", &key)
        .write("bot.cas", &cluster.ca)
        .write("foreign.key", foreign_key)
        .write("truncated.key", &key[..key.len() / 2])
        .write("broken.key", "-----BEGIN RSA PRIVATE KEY-----\nAQID\n-----END RSA PRIVATE KEY-----")
        .write("locked.key", key.replace("PRIVATE KEY", "ENCRYPTED PRIVATE KEY"))
        .write("piv.key", key.replace("PRIVATE KEY", "PIV YUBIKEY PRIVATE KEY"))
        .write("key.pub", "ssh-ed25519 AAAA me@here\n")
        .write("empty", "");
    let report: Vec<String> = [
        ("bot.crt", "bot.cas"),
        ("key.pub", "bot.cas"),
        ("foreign.key", "bot.cas"),
        ("truncated.key", "bot.cas"),
        ("broken.key", "bot.cas"),
        ("locked.key", "bot.cas"),
        ("piv.key", "bot.cas"),
        ("bot.key", "bot.crt"),
        ("bot.key", "bot.key"),
        ("bot.key", "empty"),
    ]
    .iter()
    .map(|(key, cas)| files.words(files.tls("bot.crt", key, cas)))
    .collect();
    insta::assert_snapshot!(report.join("\n"), @"
    client_key bot.crt: holds the certificate of `access-plugin`, but no private key
      hint: are the files swapped? client_key wants the file that ends in .key
    client_key key.pub: holds an OpenSSH public key, but no private key
      hint: client_key wants the file that ends in .key; sign new ones with `tctl auth sign --format=tls`
    client_key foreign.key: holds a private key that does not belong to the certificate in bot.crt
      hint: client_crt and client_key must come from the same `tctl auth sign`, with the same name before the dot
    client_key truncated.key: ends within its block `PRIVATE KEY`
      hint: client_key wants the file that ends in .key; sign new ones with `tctl auth sign --format=tls`
    client_key broken.key: holds a private key that cannot be used: it is damaged, or of a kind other than RSA, ECDSA and Ed25519
      hint: client_key wants the file that ends in .key; sign new ones with `tctl auth sign --format=tls`
    client_key locked.key: holds a private key that is protected by a passphrase
      hint: store it without a passphrase, readable by the bot's user only
    client_key piv.key: only names a private key that is kept in hardware
      hint: sign a certificate for the bot that has its key in a file
    root_cas bot.crt: holds the certificate of `access-plugin`, but no certificate of an authority
      hint: are the files swapped? root_cas wants the file that ends in .cas
    root_cas bot.key: holds a private key (PRIVATE KEY), but no certificate of an authority
      hint: are the files swapped? root_cas wants the file that ends in .cas
    root_cas empty: is empty
      hint: root_cas wants the file that ends in .cas; sign new ones with `tctl auth sign --format=tls`
    ");
}

#[test]
fn every_mistake_in_an_identity_file_is_named() {
    let cluster = cluster();
    let (crt, key) = user(&cluster, |_| {});
    let (_, foreign_key) = user(&cluster, |_| {});
    let (old, old_key) = user(&cluster, |p| p.not_after = date_time_ymd(2026, 2, 1));
    let ca = &cluster.ca;
    let files = Files::new();
    files
        .write("no-authorities", format!("{key}{crt}"))
        .write("no-key", format!("{crt}{ca}"))
        .write("only-key", &key)
        .write("wrong-key", format!("{foreign_key}{crt}{ca}"))
        .write("expired", format!("{old_key}{old}{ca}"))
        .write("truncated", format!("{key}{}", &crt[..crt.len() / 2]))
        .write("empty", "");
    let names = ["absent", "no-authorities", "no-key", "only-key", "wrong-key", "expired", "truncated", "empty"];
    let report: Vec<String> = names.iter().map(|name| files.words(files.identity(name))).collect();
    insta::assert_snapshot!(report.join("\n"), @"
    identity absent: cannot be read: No such file or directory (os error 2)
      hint: give a path that exists, to a file that the bot's user may read
    identity no-authorities: holds a private key (PRIVATE KEY) and the certificate of `access-plugin`, but no certificate of an authority
      hint: make a new identity file with tbot or `tctl auth sign --format=file`, readable by the bot's user only
    identity no-key: holds the certificate of `access-plugin` and the certificate of an authority, but no private key
      hint: make a new identity file with tbot or `tctl auth sign --format=file`, readable by the bot's user only
    identity only-key: holds a private key (PRIVATE KEY), but no TLS certificate
      hint: make a new identity file with tbot or `tctl auth sign --format=file`, readable by the bot's user only
    identity wrong-key: holds a private key that does not belong to its certificate
      hint: make a new identity file with tbot or `tctl auth sign --format=file`, readable by the bot's user only
    identity expired: its certificate expired at 2026-02-01T00:00:00Z
      hint: make a new identity file with tbot or `tctl auth sign --format=file`, readable by the bot's user only
    identity truncated: ends within its block `CERTIFICATE`
      hint: make a new identity file with tbot or `tctl auth sign --format=file`, readable by the bot's user only
    identity empty: is empty
      hint: make a new identity file with tbot or `tctl auth sign --format=file`, readable by the bot's user only
    ");
}

#[test]
fn the_warning_comes_in_the_last_third_but_at_most_a_week_before() {
    let cluster = cluster();
    let (crt, key) = user(&cluster, |_| {});
    let year = Credentials::from_pem(&crt, &key, &cluster.ca, NOW).unwrap();
    assert_eq!(year.warning(NOW), None);
    let ahead = |days: u64| year.expires().minus(Duration::from_secs(days * 24 * 3600));
    assert_eq!(year.warning(ahead(8)), None);
    insta::assert_snapshot!(
        year.warning(ahead(7)).unwrap(),
        @"the Teleport certificate of `access-plugin` expires in 7 days, at 2027-01-01T00:00:00Z: renew it"
    );

    let end = year.expires();
    let mut hour = year;
    hour.certificate.not_before = end.minus(Duration::from_secs(3600));
    let ahead = |minutes: u64| end.minus(Duration::from_secs(minutes * 60));
    assert_eq!(hour.warning(ahead(21)), None);
    insta::assert_snapshot!(
        hour.warning(ahead(20)).unwrap(),
        @"the Teleport certificate of `access-plugin` expires in 20 min, at 2027-01-01T00:00:00Z: renew it"
    );
    insta::assert_snapshot!(
        hour.warning(end).unwrap(),
        @"the Teleport certificate of `access-plugin` expired at 2027-01-01T00:00:00Z, the server refuses new connections: renew it"
    );
}

#[test]
fn nothing_shows_the_key() {
    let cluster = cluster();
    let (crt, key) = user(&cluster, |_| {});
    let credentials = Credentials::from_pem(&crt, &key, &cluster.ca, NOW).unwrap();
    let shown = format!("{credentials:?} {credentials:#?}");
    assert!(shown.contains("access-plugin"));
    for line in key.lines().filter(|line| !line.starts_with('-')) {
        assert!(!shown.contains(line));
    }
    assert!(!shown.to_lowercase().contains("key"), "{shown}");
}

#[test]
fn a_certificate_passes_through_its_life_in_order() {
    let cluster = cluster();
    let (crt, key) = user(&cluster, |_| {});
    let mut hour = Credentials::from_pem(&crt, &key, &cluster.ca, NOW).unwrap();
    let end = hour.expires();
    hour.certificate.not_before = end.minus(Duration::from_secs(3600));
    let at = |minutes: u64| hour.lifetime(end.minus(Duration::from_secs(minutes * 60)));
    let life = [at(21), at(20), at(6), at(5), at(1), at(0)];
    assert_eq!(life, [Lifetime::Fresh, Lifetime::Late, Lifetime::Late, Lifetime::Last, Lifetime::Last, Lifetime::Over]);
    assert!(life.is_sorted());
}
