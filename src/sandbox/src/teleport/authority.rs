//! The cluster's certificate authorities: one for hosts, one for users.

use accessbot_core::clock::Timestamp;
use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DistinguishedName, DnType, ExtendedKeyUsagePurpose, IsCa,
    KeyPair, KeyUsagePurpose, PKCS_ED25519,
};
use rustls_pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};

use super::certificate::{Issue, Signed};
use super::ssh_certificate;
use crate::common::error::SandboxError;
use crate::common::ids::uuid;

/// Names under which every Auth server can be verified.
const SERVER_NAMES: [&str; 2] = ["*.teleport.cluster.local", "teleport.cluster.local"];
/// Names the cluster in the subject of a user's certificate.
const CLUSTER: [u64; 5] = [1, 3, 9999, 1, 7];
/// Names there who signed it.
pub(crate) const IMPERSONATOR: [u64; 5] = [1, 3, 9999, 2, 7];
/// Names there the bot that it was made for.
pub(crate) const BOT: [u64; 5] = [1, 3, 9999, 2, 18];

impl From<rcgen::Error> for SandboxError {
    fn from(error: rcgen::Error) -> Self {
        Self::Certificate(error.to_string())
    }
}

/// Which authorities of a cluster are replaced.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rotation {
    /// The one that signs hosts: clients with old credentials trust the server no more.
    Hosts,
    /// The one that signs users: the server refuses old credentials.
    Users,
    /// Both.
    Both,
}

/// What a client needs to be somebody.
#[derive(Clone, Debug)]
pub struct Credentials {
    /// The private key, PEM.
    pub key: String,
    /// The TLS certificate, PEM.
    pub certificate: String,
    /// The certificates of the authorities that sign hosts, PEM.
    pub host_authorities: String,
    /// All of it in one: what `tctl auth sign --format=file` writes.
    pub identity: String,
}

/// The certificate and the key of a server.
pub(crate) struct ServerCertificate {
    pub(crate) chain: Vec<CertificateDer<'static>>,
    pub(crate) key: PrivateKeyDer<'static>,
}

/// Both authorities of a cluster.
pub(crate) struct Authorities {
    cluster: String,
    /// The Auth server's name among hosts.
    host: String,
    hosts: CertifiedIssuer<'static, KeyPair>,
    users: CertifiedIssuer<'static, KeyPair>,
}

impl Authorities {
    /// Fresh authorities.
    pub(crate) fn new(cluster: &str) -> Result<Self, SandboxError> {
        let host = format!("{}.{cluster}", uuid());
        Ok(Self { cluster: cluster.to_owned(), host, hosts: authority(cluster)?, users: authority(cluster)? })
    }

    /// A new authority in the place of one or of both. What the old one signed is worth nothing any more.
    pub(crate) fn rotate(&mut self, which: Rotation) -> Result<(), SandboxError> {
        if which != Rotation::Users {
            self.hosts = authority(&self.cluster)?;
        }
        if which != Rotation::Hosts {
            self.users = authority(&self.cluster)?;
        }
        Ok(())
    }

    /// The authority that clients' certificates must come from.
    pub(crate) fn users(&self) -> CertificateDer<'static> {
        self.users.der().clone()
    }

    /// A certificate for the Auth server. It stays valid, so that a test may set the clock as it likes.
    pub(crate) fn server(&self) -> Result<ServerCertificate, SandboxError> {
        let subject = [(DnType::OrganizationName, "Auth"), (DnType::CommonName, &self.cluster)];
        server(&self.hosts, &SERVER_NAMES, &subject)
    }

    /// Credentials as ordered, with these roles, made `now`. The TLS files and the identity file have keys of their own,
    /// of different kinds.
    pub(crate) fn issue(&self, order: &Issue, roles: &[String], now: Timestamp) -> Result<Credentials, SandboxError> {
        let (from, until) = order.validity(now);
        let user = order.user.as_str();
        let mut params = CertificateParams::new(Vec::new())?;
        let private = |oid: [u64; 5]| DnType::CustomDnType(oid.to_vec());
        let role = roles.first().map_or("", String::as_str);
        let mut subject =
            vec![(DnType::OrganizationName, role), (DnType::CommonName, user), (private(CLUSTER), &self.cluster)];
        match &order.signed {
            Signed::OnAuth => subject.push((private(IMPERSONATOR), &self.host)),
            Signed::By(user) => subject.push((private(IMPERSONATOR), user)),
            Signed::Tbot(bot) => subject.push((private(BOT), bot)),
            Signed::Login => {}
        }
        params.distinguished_name = names(&subject);
        let epoch = rcgen::date_time_ymd(1970, 1, 1);
        let since_epoch = |time: Timestamp| time.since(Timestamp::from_millis(0));
        params.not_before = epoch + since_epoch(from);
        params.not_after = epoch + since_epoch(until);
        leaf(&mut params);
        let key = KeyPair::generate()?;
        let certificate = params.signed_by(&key, &self.users)?.pem();
        let host_authorities = self.hosts.pem();
        let identity_key = KeyPair::generate_for(&PKCS_ED25519)?;
        let identity = format!(
            "{}{}\n{}@cert-authority *.{} {} type=host\n{host_authorities}",
            identity_key.serialize_pem(),
            ssh_certificate::sign(&identity_key, self.users.key(), user, from, until)?,
            params.signed_by(&identity_key, &self.users)?.pem(),
            self.cluster,
            ssh_certificate::public_key(self.hosts.key()),
        );
        Ok(Credentials { key: key.serialize_pem(), certificate, host_authorities, identity })
    }
}

/// The authority of the proxy's web certificate. It is no authority of the cluster, as if somebody had bought it.
pub(crate) struct WebAuthority(CertifiedIssuer<'static, KeyPair>);

impl WebAuthority {
    /// A fresh one.
    pub(crate) fn new() -> Result<Self, SandboxError> {
        Ok(Self(authority("lab CA")?))
    }

    /// A certificate for the proxy of `cluster`.
    pub(crate) fn server(&self, cluster: &str) -> Result<ServerCertificate, SandboxError> {
        server(&self.0, &["localhost", "127.0.0.1", cluster], &[(DnType::CommonName, "localhost")])
    }

    /// Its own certificate.
    pub(crate) fn pem(&self) -> String {
        self.0.pem()
    }
}

/// A certificate for a server under these names.
fn server(
    issuer: &CertifiedIssuer<'static, KeyPair>,
    server_names: &[&str],
    subject: &[(DnType, &str)],
) -> Result<ServerCertificate, SandboxError> {
    let key = KeyPair::generate()?;
    let server_names: Vec<String> = server_names.iter().map(|name| (*name).to_owned()).collect();
    let mut params = CertificateParams::new(server_names)?;
    params.distinguished_name = names(subject);
    leaf(&mut params);
    let certificate = params.signed_by(&key, issuer)?;
    let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.serialize_der()));
    Ok(ServerCertificate { chain: vec![certificate.der().clone()], key })
}

fn authority(cluster: &str) -> Result<CertifiedIssuer<'static, KeyPair>, SandboxError> {
    let mut params = CertificateParams::new(Vec::new())?;
    params.distinguished_name = names(&[(DnType::OrganizationName, cluster), (DnType::CommonName, cluster)]);
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.key_usages = vec![KeyUsagePurpose::DigitalSignature, KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    Ok(CertifiedIssuer::self_signed(params, KeyPair::generate()?)?)
}

fn names(names: &[(DnType, &str)]) -> DistinguishedName {
    let mut distinguished = DistinguishedName::new();
    for (kind, name) in names {
        distinguished.push(kind.clone(), *name);
    }
    distinguished
}

/// Teleport's leaves all serve both purposes.
fn leaf(params: &mut CertificateParams) {
    params.is_ca = IsCa::ExplicitNoCa;
    params.key_usages = vec![KeyUsagePurpose::DigitalSignature, KeyUsagePurpose::KeyEncipherment];
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth, ExtendedKeyUsagePurpose::ClientAuth];
    params.use_authority_key_identifier_extension = true;
}
