//! The cluster's certificate authorities: one for hosts, one for users.

use std::time::Duration;

use accessbot_core::clock::Timestamp;
use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DistinguishedName, DnType, ExtendedKeyUsagePurpose, IsCa,
    KeyPair, KeyUsagePurpose, PKCS_ED25519,
};
use rustls_pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};

use super::ssh_certificate;
use crate::common::error::SandboxError;

/// Names under which every Auth server can be verified.
const SERVER_NAMES: [&str; 2] = ["*.teleport.cluster.local", "teleport.cluster.local"];
/// Names the cluster in the subject of a user's certificate.
const CLUSTER_OID: [u64; 5] = [1, 3, 9999, 1, 7];
/// Certificates count from a minute before they are made, for clocks that go after.
const BACKDATED: Duration = Duration::from_secs(60);

impl From<rcgen::Error> for SandboxError {
    fn from(error: rcgen::Error) -> Self {
        Self::Certificate(error.to_string())
    }
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
    hosts: CertifiedIssuer<'static, KeyPair>,
    users: CertifiedIssuer<'static, KeyPair>,
}

impl Authorities {
    /// Fresh authorities.
    pub(crate) fn new(cluster: &str) -> Result<Self, SandboxError> {
        Ok(Self { cluster: cluster.to_owned(), hosts: authority(cluster)?, users: authority(cluster)? })
    }

    /// The authority that clients' certificates must come from.
    pub(crate) fn users(&self) -> CertificateDer<'static> {
        self.users.der().clone()
    }

    /// A certificate for the Auth server. It stays valid, so that a test may set the clock as it likes.
    pub(crate) fn server(&self) -> Result<ServerCertificate, SandboxError> {
        let key = KeyPair::generate()?;
        let mut params = CertificateParams::new(SERVER_NAMES.map(str::to_owned).to_vec())?;
        params.distinguished_name = names(&[(DnType::OrganizationName, "Auth"), (DnType::CommonName, &self.cluster)]);
        leaf(&mut params);
        let certificate = params.signed_by(&key, &self.hosts)?;
        let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.serialize_der()));
        Ok(ServerCertificate { chain: vec![certificate.der().clone()], key })
    }

    /// Credentials of `user` with these roles, for `ttl` from `now` on. The TLS files and the identity file have keys of
    /// their own, of different kinds.
    pub(crate) fn issue(
        &self,
        user: &str,
        roles: &[String],
        now: Timestamp,
        ttl: Duration,
    ) -> Result<Credentials, SandboxError> {
        let (from, until) = (now.minus(BACKDATED), now.plus(ttl));
        let mut params = CertificateParams::new(Vec::new())?;
        let cluster = DnType::CustomDnType(CLUSTER_OID.to_vec());
        let role = roles.first().map_or("", String::as_str);
        params.distinguished_name =
            names(&[(DnType::OrganizationName, role), (DnType::CommonName, user), (cluster, &self.cluster)]);
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
