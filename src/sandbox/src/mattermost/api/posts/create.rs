//! Making posts.

use std::sync::Arc;

use axum::Extension;
use axum::extract::State;
use bytes::Bytes;
use serde_json::{Value, json};

use super::super::super::attachment::{Props, name_actions};
use super::super::super::error::{ApiError, ApiResult};
use super::super::super::model::Model;
use super::super::super::pending::Pending;
use super::super::super::server::{Shared, SharedVerdict};
use super::super::session::Session;
use super::created;

/// What a client sends. Fields of a wrong type count as not sent, as on 5.36.
struct NewPost {
    channel_id: String,
    root_id: String,
    message: String,
    pending_post_id: String,
    kind: String,
    props: Props,
}

impl NewPost {
    fn parse(body: &[u8]) -> ApiResult<Self> {
        let body: Value = serde_json::from_slice(body).map_err(|_| ApiError::body_param("post"))?;
        let text = |key: &str| body.get(key).and_then(Value::as_str).unwrap_or_default().to_owned();
        Ok(Self {
            channel_id: text("channel_id"),
            root_id: text("root_id"),
            message: text("message"),
            pending_post_id: text("pending_post_id"),
            kind: text("type"),
            props: body.get("props").and_then(Value::as_object).cloned().unwrap_or_default(),
        })
    }
}

pub(in super::super) async fn create(
    State(shared): State<Arc<Shared>>,
    session: Session,
    verdict: Option<Extension<SharedVerdict>>,
    body: Bytes,
) -> ApiResult {
    let new = NewPost::parse(&body)?;
    if new.kind.starts_with("system_") {
        return Err(ApiError::bad_request("api.context.invalid_param.app_error", "Invalid post.type parameter."));
    }
    let pending = shared.change(|model| {
        let channel = model.channels.get(&new.channel_id).ok_or_else(ApiError::permissions)?;
        if !model.is_member(&session.user_id, channel) {
            return Err(ApiError::permissions());
        }
        let now = model.now();
        Ok(if new.pending_post_id.is_empty() { Pending::New } else { model.pending.begin(&new.pending_post_id, now) })
    })?;
    if pending == Pending::New
        && let Some(Extension(verdict)) = verdict
    {
        verdict.wait_before().await;
    }
    shared.change(|model| match pending {
        Pending::New => save(model, &session, new),
        Pending::InFlight => Err(ApiError::internal(
            "api.post.deduplicate_create_post.pending",
            "Rejected post since another client is making the same request.",
        )),
        Pending::Made(id) => match model.posts.get(&id).filter(|post| post.delete_at == 0) {
            // The first answer tells the pending post id and the metadata, this one neither.
            Some(post) => Ok(created(&without_metadata(post.json(model.reply_count(post))))),
            None => Err(ApiError::internal(
                "api.post.deduplicate_create_post.failed_to_get",
                "Failed to fetch original post after deduplicating a client repeating the same request.",
            )),
        },
    })
}

fn save(model: &mut Model, session: &Session, new: NewPost) -> ApiResult {
    let pending = new.pending_post_id.clone();
    let now = model.now();
    match check_and_insert(model, session, new) {
        Ok((id, replies)) => {
            if !pending.is_empty() {
                model.pending.made(&pending, &id, now);
            }
            let mut answer = model.posts.get(&id).map(|post| post.json(replies)).unwrap_or_default();
            answer["pending_post_id"] = json!(pending);
            Ok(created(&answer))
        }
        Err(error) => {
            model.pending.failed(&pending);
            Err(error)
        }
    }
}

fn check_and_insert(model: &mut Model, session: &Session, mut new: NewPost) -> ApiResult<(String, usize)> {
    let channel = model.channels.get(&new.channel_id).ok_or_else(ApiError::permissions)?;
    if channel.delete_at != 0 {
        return Err(ApiError::bad_request(
            "api.post.create_post.can_not_post_to_deleted.error",
            "Can not post to deleted channel.",
        ));
    }
    if !new.root_id.is_empty() {
        check_root(model, &new)?;
    }
    if model.users.get(&session.user_id).is_some_and(|user| user.is_bot) {
        new.props.insert("from_bot".to_owned(), json!("true"));
    }
    model.check_size(&new.message, &new.props)?;
    if !new.kind.is_empty() && new.kind != "slack_attachment" && !new.kind.starts_with("custom_") {
        return Err(ApiError::bad_request("model.post.is_valid.type.app_error", "Invalid type."));
    }
    if new.message.contains('\0') {
        // The database refuses it.
        return Err(ApiError::internal("app.post.save.app_error", "Unable to save the Post."));
    }
    name_actions(&mut new.props);
    let id = model.insert_post(&new.channel_id, &session.user_id, |post| {
        post.message = new.message;
        post.root_id = new.root_id;
        post.props = new.props;
        post.kind = new.kind;
    });
    let replies = model.posts.get(&id).filter(|p| !p.root_id.is_empty()).map_or(0, |p| model.reply_count(p));
    Ok((id, replies))
}

/// A thread has one root, which stands, in the same channel.
fn check_root(model: &Model, new: &NewPost) -> ApiResult<()> {
    let root = model.posts.get(&new.root_id).filter(|root| root.delete_at == 0);
    let root = root.ok_or_else(bad_root)?;
    if root.channel_id != new.channel_id {
        return Err(ApiError::bad_request(
            "api.post.create_post.channel_root_id.app_error",
            "Invalid ChannelId for RootId parameter.",
        ));
    }
    if root.root_id.is_empty() { Ok(()) } else { Err(bad_root()) }
}

fn bad_root() -> ApiError {
    ApiError::bad_request("api.post.create_post.root_id.app_error", "Invalid RootId parameter.")
}

fn without_metadata(mut post: Value) -> Value {
    if let Some(post) = post.as_object_mut() {
        post.remove("metadata");
    }
    post
}
