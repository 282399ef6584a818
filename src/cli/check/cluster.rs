//! The cluster: credentials, the way, the server, and each permission.

use accessbot_core::backend::Finding;
use accessbot_core::clock::SharedClock;
use accessbot_core::teleport::{Cluster, Teleport as _, TeleportError};
use accessbot_teleport::{
    Certificate, Credentials, IssuedBy, MissingRights, Outcome, Permission, TeleportClient, missing_rules,
};

use super::report::{Area, Report};
use crate::cli::config::TeleportSettings;
use crate::cli::review_mode::Wanted;
use crate::cli::{exit, role};

/// The first version that wants MFA for reviews and state changes, from certificates that a person signed.
const MFA_SINCE: u64 = 15;

/// Checks all of it, with what decisions need if any are `wanted`. `plugin` is the name of the records that the bot writes;
/// what is allowed does not depend on it.
pub(super) async fn check(
    settings: &TeleportSettings,
    clock: &SharedClock,
    plugin: &str,
    wanted: Option<&Wanted>,
    report: &mut Report,
) {
    let credentials = match settings.credentials.load(clock.now()) {
        Ok(credentials) => credentials,
        Err(error) => return failed("credentials", &error.into(), report),
    };
    add(who(&credentials), report);
    if let Some(warning) = credentials.warning(clock.now()) {
        let hint = "renew them in time; the bot takes the new files by itself, and tbot renews them by itself";
        add(Finding::warning("credentials", warning, hint), report);
    }
    let client = TeleportClient::through(settings.door(), &credentials, clock.clone());
    let cluster = match client.ping().await {
        Ok(cluster) => cluster,
        Err(error) => return failed(&format!("way to {}", settings.addr), &error, report),
    };
    let way = client.way().map_or_else(|| "connected".to_owned(), |way| way.to_string());
    add(Finding::ok(format!("way to {}", settings.addr), way), report);
    add(server(&cluster), report);
    // Where decisions are wanted, it is tried.
    if let Some(finding) = mfa_ahead(&cluster, credentials.certificate()).filter(|_| wanted.is_none()) {
        add(finding, report);
    }
    let permissions = client.permissions(plugin).await;
    for permission in &permissions {
        add(permitted(permission), report);
    }
    let mut missing = match wanted {
        Some(wanted) => decisions(wanted, &client, report).await,
        None => MissingRights::default(),
    };
    for (resource, verbs) in missing_rules(&permissions) {
        missing.add_rule(resource, &verbs);
    }
    if !missing.is_empty() {
        let certificate = credentials.certificate();
        report.role = Some(role::with(&missing, &certificate.user, &certificate.roles));
    }
}

/// What decisions need beside that; returns what is missing.
async fn decisions(wanted: &Wanted, client: &TeleportClient, report: &mut Report) -> MissingRights {
    match wanted.find_out(client).await {
        Ok(found) => {
            for (code, finding) in found.findings {
                report.add(Area::Teleport, code, finding);
            }
            found.support.missing()
        }
        Err(error) => {
            failed("review.mode", &error, report);
            MissingRights::default()
        }
    }
}

fn add(finding: Finding, report: &mut Report) {
    report.add(Area::Teleport, exit::OTHER, finding);
}

fn failed(subject: &str, error: &TeleportError, report: &mut Report) {
    let finding = Finding { hint: error.hint.clone(), ..Finding::failure(subject, &error.message, "") };
    report.add(Area::Teleport, exit::of_teleport(error.kind), finding);
}

fn who(credentials: &Credentials) -> Finding {
    let certificate = credentials.certificate();
    let made = match &certificate.issued_by {
        IssuedBy::Bot(name) => format!(", made by tbot for the bot {name}"),
        IssuedBy::Impersonator(_) if certificate.needs_no_second_factor() => ", signed on the Auth server".to_owned(),
        IssuedBy::Impersonator(name) => format!(", signed by {name}"),
        IssuedBy::Unknown => String::new(),
    };
    Finding::ok(
        "credentials",
        format!(
            "user {} of the cluster {}, with the roles {}, until {}{made}",
            certificate.user,
            certificate.cluster,
            certificate.roles.join(", "),
            certificate.not_after,
        ),
    )
}

fn server(cluster: &Cluster) -> Finding {
    let decide = if cluster.reviews {
        "requests are reviewed there (Enterprise)"
    } else {
        "no reviews (open source): requests are decided with tctl"
    };
    Finding::ok("server", format!("Teleport {}, cluster {}, {decide}", cluster.version, cluster.name))
}

/// What will fail once decisions are taken in the chat. The bot's own calls do not need it.
fn mfa_ahead(cluster: &Cluster, certificate: &Certificate) -> Option<Finding> {
    let major: u64 = cluster.version.split('.').next()?.parse().ok()?;
    if major < MFA_SINCE || certificate.needs_no_second_factor() {
        return None;
    }
    Some(Finding::warning(
        "MFA",
        format!(
            "Teleport {} may want a second factor for reviews with a certificate that is not from tbot; telling people \
             about requests works without",
            cluster.version
        ),
        "let tbot make the credentials",
    ))
}

fn permitted(permission: &Permission) -> Finding {
    let subject = format!("{}: [{}]", permission.resource, permission.verbs.join(", "));
    let tried = permission.tried;
    match &permission.outcome {
        Outcome::Granted => Finding::ok(subject, format!("{tried}: works")),
        Outcome::Missing => {
            Finding::failure(subject, format!("{tried}: not allowed"), "add the rule below to the bot's role")
        }
        Outcome::Unknown(why) => {
            Finding::warning(subject, format!("{tried}: could not be tried: {why}"), "make sure that the role has it")
        }
    }
}
