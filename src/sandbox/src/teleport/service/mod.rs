//! The calls of `proto.AuthService` and of `teleport.users.v1.UsersService`, each in the file of its subject.

mod people;
mod plugin_data;
mod requests;
mod watches;

use std::sync::Arc;

use accessbot_teleport::proto::auth::auth_service_server::AuthService;
use accessbot_teleport::proto::users::users_service_server::UsersService;
use accessbot_teleport::proto::{auth, types, users};
use tonic::codegen::BoxStream;
use tonic::{Request, Response, Status};

pub(crate) use self::plugin_data::write as write_plugin_data;
use super::caller::Caller;
use super::model::Model;
use super::server::{CallInfo, Shared};

/// The Auth service.
#[derive(Clone)]
pub(crate) struct Auth {
    pub(crate) shared: Arc<Shared>,
}

type Answer<T> = Result<Response<T>, Status>;

impl Auth {
    /// Answers a call out of the model, and tells those who wait that it may have changed.
    fn answer<Q, T>(
        &self,
        request: Request<Q>,
        detail: impl FnOnce(&Q) -> String,
        work: impl FnOnce(&mut Model, &Caller, Q) -> Result<T, Status>,
    ) -> Answer<T> {
        let (_, mut extensions, message) = request.into_parts();
        let info = extensions.remove::<CallInfo>().ok_or_else(|| Status::internal("a call from nowhere"))?;
        self.shared.calls.about(info.number, detail(&message));
        self.shared.change(|model| work(model, &info.caller, message)).map(Response::new)
    }

    /// The same for calls that are about nothing in particular.
    fn plain<Q, T>(
        &self,
        request: Request<Q>,
        work: impl FnOnce(&mut Model, &Caller, Q) -> Result<T, Status>,
    ) -> Answer<T> {
        self.answer(request, |_| String::new(), work)
    }
}

/// A stream of what is there already.
fn stream<T: Send + 'static>(items: Vec<T>) -> BoxStream<T> {
    Box::pin(futures_util::stream::iter(items.into_iter().map(Ok)))
}

#[async_trait::async_trait]
impl AuthService for Auth {
    async fn ping(&self, request: Request<auth::PingRequest>) -> Answer<auth::PingResponse> {
        self.plain(request, people::ping)
    }

    async fn get_access_requests(&self, request: Request<types::AccessRequestFilter>) -> Answer<auth::AccessRequests> {
        self.answer(
            request,
            |filter| filter.id.clone(),
            |model, caller, filter| {
                Ok(auth::AccessRequests { access_requests: requests::matching(model, caller, &filter)? })
            },
        )
    }

    async fn get_access_requests_v2(
        &self,
        request: Request<types::AccessRequestFilter>,
    ) -> Answer<BoxStream<types::AccessRequestV3>> {
        self.answer(
            request,
            |filter| filter.id.clone(),
            |model, caller, filter| Ok(stream(requests::matching(model, caller, &filter)?)),
        )
    }

    async fn list_access_requests(
        &self,
        request: Request<auth::ListAccessRequestsRequest>,
    ) -> Answer<auth::ListAccessRequestsResponse> {
        self.plain(request, requests::page)
    }

    async fn create_access_request(&self, request: Request<types::AccessRequestV3>) -> Answer<()> {
        self.plain(request, |model, caller, request| requests::create(model, caller, request).map(drop))
    }

    async fn create_access_request_v2(
        &self,
        request: Request<types::AccessRequestV3>,
    ) -> Answer<types::AccessRequestV3> {
        self.plain(request, requests::create)
    }

    async fn delete_access_request(&self, request: Request<auth::RequestId>) -> Answer<()> {
        self.answer(request, |id| id.id.clone(), |model, caller, id| requests::delete(model, caller, &id.id))
    }

    async fn set_access_request_state(&self, request: Request<auth::RequestStateSetter>) -> Answer<()> {
        self.answer(request, |setter| setter.id.clone(), requests::set_state)
    }

    async fn submit_access_review(
        &self,
        request: Request<types::AccessReviewSubmission>,
    ) -> Answer<types::AccessRequestV3> {
        self.answer(request, |submission| submission.request_id.clone(), requests::submit)
    }

    async fn get_access_capabilities(
        &self,
        request: Request<types::AccessCapabilitiesRequest>,
    ) -> Answer<types::AccessCapabilities> {
        self.plain(request, |model, caller, query| people::capabilities(model, caller, &query))
    }

    async fn get_plugin_data(&self, request: Request<types::PluginDataFilter>) -> Answer<auth::PluginDataSeq> {
        self.answer(
            request,
            |filter| filter.resource.clone(),
            |model, caller, filter| plugin_data::get(model, caller, &filter),
        )
    }

    async fn update_plugin_data(&self, request: Request<types::PluginDataUpdateParams>) -> Answer<()> {
        self.answer(request, |params| params.resource.clone(), plugin_data::update)
    }

    async fn watch_events(&self, request: Request<auth::Watch>) -> Answer<BoxStream<auth::Event>> {
        self.plain(request, watches::open)
    }

    async fn get_user(&self, request: Request<auth::GetUserRequest>) -> Answer<types::UserV2> {
        self.plain(request, |model, caller, query| people::user(model, caller, &query.name, query.with_secrets))
    }

    async fn get_users(&self, request: Request<auth::GetUsersRequest>) -> Answer<BoxStream<types::UserV2>> {
        self.plain(request, people::users)
    }

    async fn get_current_user(&self, request: Request<()>) -> Answer<types::UserV2> {
        self.plain(request, people::current_user)
    }

    async fn get_current_user_roles(&self, request: Request<()>) -> Answer<BoxStream<types::Role>> {
        self.plain(request, people::current_user_roles)
    }

    async fn get_role(&self, request: Request<auth::GetRoleRequest>) -> Answer<types::Role> {
        self.plain(request, |model, caller, query| people::role(model, caller, &query.name))
    }

    async fn get_roles(&self, request: Request<()>) -> Answer<auth::GetRolesResponse> {
        self.plain(request, people::roles)
    }

    async fn list_roles(&self, request: Request<auth::ListRolesRequest>) -> Answer<auth::ListRolesResponse> {
        self.plain(request, |model, caller, query| people::role_page(model, caller, &query))
    }

    async fn get_locks(&self, request: Request<auth::GetLocksRequest>) -> Answer<auth::GetLocksResponse> {
        self.plain(request, |model, caller, query| people::locks(model, caller, &query))
    }
}

#[async_trait::async_trait]
impl UsersService for Auth {
    async fn get_user(&self, request: Request<users::GetUserRequest>) -> Answer<users::GetUserResponse> {
        self.plain(request, |model, caller, query| people::get_user(model, caller, &query))
    }

    async fn list_users(&self, request: Request<users::ListUsersRequest>) -> Answer<users::ListUsersResponse> {
        self.plain(request, |model, caller, query| people::user_page(model, caller, &query))
    }
}
