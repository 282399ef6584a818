//! What a Teleport user certificate says.
//!
//! Layout as in lib/tlsca of gravitational/teleport (v7 to v18): the subject's common name is the user, its organisations
//! are the roles, and private object identifiers under 1.3.9999 hold the rest.

use accessbot_core::clock::Timestamp;
use x509_parser::oid_registry::Oid;
use x509_parser::parse_x509_certificate;
use x509_parser::time::ASN1Time;
use x509_parser::x509::{AttributeTypeAndValue, X509Name};

/// A certificate, as far as it concerns us.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Certificate {
    /// The Teleport user that it was issued to.
    pub user: String,
    /// The roles of that user when it was issued.
    pub roles: Vec<String>,
    /// The cluster that issued it; empty if it does not say.
    pub cluster: String,
    /// From when it is valid.
    pub not_before: Timestamp,
    /// Until when it is valid.
    pub not_after: Timestamp,
    /// Whether it was made by Machine ID (tbot), or by somebody who signed it for another user.
    pub issued_by: IssuedBy,
    /// Whether it is the certificate of an authority, which no user has.
    pub(crate) authority: bool,
}

/// How a certificate came to be. Since v15 the server wants MFA for reviews from certificates that a person signed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum IssuedBy {
    /// Machine ID.
    Bot(String),
    /// A user or a host, with `tctl auth sign`.
    Impersonator(String),
    /// It does not say: a login, or an old server.
    Unknown,
}

/// Arcs of the object identifiers that Teleport puts into the subject.
const TELEPORT_CLUSTER: &[u64] = &[1, 3, 9999, 1, 7];
const IMPERSONATOR: &[u64] = &[1, 3, 9999, 2, 7];
const BOT_NAME: &[u64] = &[1, 3, 9999, 2, 18];

impl Certificate {
    /// Whether the server asks no second factor of this certificate for what administrators do (v15 and later): it is
    /// Machine ID's, or it was signed on the Auth server itself, whose host identity `UUID.CLUSTER` stands in it as the
    /// impersonator then.
    pub fn needs_no_second_factor(&self) -> bool {
        match &self.issued_by {
            IssuedBy::Bot(_) => true,
            IssuedBy::Impersonator(who) => who
                .strip_suffix(&self.cluster)
                .and_then(|host| host.strip_suffix('.'))
                .is_some_and(|host| host.len() == 36 && host.chars().all(|c| c.is_ascii_hexdigit() || c == '-')),
            IssuedBy::Unknown => false,
        }
    }

    /// Reads a DER certificate. The error is a sentence's end: what is wrong with it.
    pub(crate) fn parse(der: &[u8]) -> Result<Self, String> {
        // The parser's own words are about its insides.
        let (_, certificate) = parse_x509_certificate(der).map_err(|_| "it is damaged".to_owned())?;
        let (subject, issuer) = (certificate.subject(), certificate.issuer());
        let cluster = extra_name(subject, TELEPORT_CLUSTER)
            .or_else(|| issuer.iter_common_name().find_map(text))
            .or_else(|| issuer.iter_organization().find_map(text));
        let issued_by = match (extra_name(subject, BOT_NAME), extra_name(subject, IMPERSONATOR)) {
            (Some(bot), _) => IssuedBy::Bot(bot),
            (None, Some(who)) => IssuedBy::Impersonator(who),
            (None, None) => IssuedBy::Unknown,
        };
        Ok(Self {
            user: subject.iter_common_name().find_map(text).unwrap_or_default(),
            roles: subject.iter_organization().filter_map(text).collect(),
            cluster: cluster.unwrap_or_default(),
            not_before: moment(certificate.validity().not_before),
            not_after: moment(certificate.validity().not_after),
            issued_by,
            authority: certificate.is_ca(),
        })
    }
}

fn text(attribute: &AttributeTypeAndValue<'_>) -> Option<String> {
    attribute.as_str().ok().filter(|t| !t.is_empty()).map(str::to_owned)
}

fn extra_name(name: &X509Name<'_>, arcs: &[u64]) -> Option<String> {
    let oid = Oid::from(arcs).ok()?;
    name.iter_by_oid(&oid).find_map(text)
}

fn moment(time: ASN1Time) -> Timestamp {
    Timestamp::from_millis(time.timestamp().saturating_mul(1000))
}
