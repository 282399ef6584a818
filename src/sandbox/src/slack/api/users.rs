//! `auth.test` and `users.*`.

use serde_json::json;

use super::super::args::Args;
use super::super::model::{Grant, Model, User};
use super::super::reply::{Outcome, Refusal};

#[expect(clippy::unnecessary_wraps, reason = "a method like the others")]
pub(super) fn auth_test(model: &mut Model, grant: &Grant, _: &Args) -> Outcome {
    let mut me = json!({
        "url": "https://lab.slack.com/",
        "team": "lab",
        "user": model.users.get(&grant.user).map(|user| user.name.clone()),
        "team_id": model.team_id,
        "user_id": grant.user,
        "bot_id": grant.bot_id,
        "app_id": grant.app_id,
        "is_enterprise_install": false,
    });
    if !model.enterprise_id.is_empty() {
        me["enterprise_id"] = json!(model.enterprise_id);
    }
    Ok(me)
}

pub(super) fn info(model: &mut Model, grant: &Grant, args: &Args) -> Outcome {
    let user = model.users.get(args.text("user")).ok_or_else(|| Refusal::of("user_not_found"))?;
    Ok(json!({"user": model.shown_user(user, grant)}))
}

pub(super) fn lookup_by_email(model: &mut Model, grant: &Grant, args: &Args) -> Outcome {
    let email = args.text("email");
    let fits = |user: &&User| {
        let here = !user.is_bot && !user.deleted && !model.is_outsider(user);
        here && user.account.email.eq_ignore_ascii_case(email)
    };
    let user = model.users.values().find(fits).ok_or_else(|| Refusal::of("users_not_found"))?;
    Ok(json!({"user": model.shown_user(user, grant)}))
}
