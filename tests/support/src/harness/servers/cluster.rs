//! What an administrator does to access requests, by the calls that `tctl` makes.

use std::path::Path;
use std::sync::Arc;

use accessbot_core::clock::{Clock as _, SystemClock};
use accessbot_core::random::Random;
use accessbot_core::request::RequestState;
use accessbot_teleport::proto::auth::{RequestId, RequestStateSetter};
use accessbot_teleport::proto::types;
use accessbot_teleport::{CredentialFiles, TeleportClient};
use tonic::Code;

/// An administrator of a cluster.
pub(super) struct Admin(TeleportClient);

impl Admin {
    /// Somebody with the credentials `PATH.crt`, `PATH.key` and `PATH.cas`.
    pub(super) fn new(address: &str, path: &Path) -> Self {
        let file = |end: &str| path.with_file_name(format!("{}.{end}", path.file_name().unwrap().to_string_lossy()));
        let files = CredentialFiles::Tls { client_crt: file("crt"), client_key: file("key"), root_cas: file("cas") };
        let credentials = files.load(SystemClock.now()).unwrap();
        Self(TeleportClient::connect_lazy(&credentials, &address.parse().unwrap(), Arc::new(SystemClock)))
    }

    /// Files a request for somebody. Returns its id.
    pub(super) async fn file(&self, user: &str, role: &str, reason: &str) -> String {
        let id = Random::system().request_id().as_str().to_owned();
        let request = types::AccessRequestV3 {
            kind: "access_request".to_owned(),
            version: "v3".to_owned(),
            metadata: Some(types::Metadata { name: id.clone(), ..Default::default() }),
            spec: Some(types::AccessRequestSpecV3 {
                user: user.to_owned(),
                roles: vec![role.to_owned()],
                state: types::RequestState::Pending.into(),
                request_reason: reason.to_owned(),
                ..Default::default()
            }),
            ..Default::default()
        };
        // Newer servers choose the id themselves.
        match self.0.api().create_access_request_v2(request.clone()).await {
            Ok(created) => created.into_inner().metadata.unwrap().name,
            Err(status) if status.code() == Code::Unimplemented => {
                self.0.api().create_access_request(request).await.unwrap();
                id
            }
            Err(status) => panic!("{user} cannot ask for {role}: {status}"),
        }
    }

    /// Decides a request, without a review.
    pub(super) async fn decide(&self, id: &str, state: RequestState, reason: &str) {
        let state = match state {
            RequestState::Approved => types::RequestState::Approved,
            _ => types::RequestState::Denied,
        };
        let (id, reason) = (id.to_owned(), reason.to_owned());
        let setter = RequestStateSetter { id, state: state.into(), reason, ..Default::default() };
        self.0.api().set_access_request_state(setter).await.unwrap();
    }

    /// Removes a request.
    pub(super) async fn remove(&self, id: &str) {
        self.0.api().delete_access_request(RequestId { id: id.to_owned() }).await.unwrap();
    }
}
