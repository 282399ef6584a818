//! `auth.test` and `users.*`.

use serde_json::{Value, json};

use super::super::args::Args;
use super::super::model::{Grant, Model, User};
use super::super::reply::{Outcome, Refusal};

#[expect(clippy::unnecessary_wraps, reason = "a method like the others")]
pub(super) fn auth_test(model: &mut Model, grant: &Grant, _: &Args) -> Outcome {
    Ok(json!({
        "url": "https://lab.slack.com/",
        "team": "lab",
        "user": model.users.get(&grant.user).map(|user| user.name.clone()),
        "team_id": model.team_id,
        "user_id": grant.user,
        "bot_id": grant.bot_id,
        "app_id": grant.app_id,
        "is_enterprise_install": false,
    }))
}

pub(super) fn info(model: &mut Model, grant: &Grant, args: &Args) -> Outcome {
    let user = model.users.get(args.text("user")).ok_or_else(|| Refusal::of("user_not_found"))?;
    Ok(json!({"user": shown(model, user, grant)}))
}

pub(super) fn lookup_by_email(model: &mut Model, grant: &Grant, args: &Args) -> Outcome {
    let email = args.text("email");
    let fits = |user: &&User| !user.is_bot && !user.deleted && user.email.eq_ignore_ascii_case(email);
    let user = model.users.values().find(fits).ok_or_else(|| Refusal::of("users_not_found"))?;
    Ok(json!({"user": shown(model, user, grant)}))
}

fn shown(model: &Model, user: &User, grant: &Grant) -> Value {
    let mut shown = json!({
        "id": user.id,
        "team_id": model.team_id,
        "name": user.name,
        "deleted": user.deleted,
        "real_name": user.name,
        "profile": {"real_name": user.name, "display_name": user.name, "team": model.team_id},
        "is_admin": false,
        "is_owner": false,
        "is_primary_owner": false,
        "is_bot": user.is_bot,
        "is_restricted": false,
        "is_ultra_restricted": false,
        "is_app_user": false,
        "is_email_confirmed": true,
    });
    if grant.may("users:read.email") {
        shown["profile"]["email"] = json!(user.email);
    }
    shown
}
