//! What is left of Auth's older API: JSON over HTTP/1.1 on the same port. `tctl` of version 8 asks it for the cluster's name
//! before anything else. Nothing here is asked by bots, so nothing here is logged or goes wrong to order.

use axum::body::Body;
use axum::response::IntoResponse as _;
use http::{Method, Response, StatusCode};
use serde_json::json;

use super::caller::Caller;
use super::model::Model;

/// Answers a call.
pub(crate) fn answer(model: &Model, caller: &Caller, method: &Method, path: &str) -> Response<Body> {
    let cluster = &model.options.cluster;
    let answer = match (method, path) {
        (&Method::GET, "/v2/domain") => json!(cluster),
        (&Method::GET, "/v2/configuration/name") => json!({
            "kind": "cluster_name",
            "version": "v2",
            "metadata": {"name": "cluster-name"},
            "spec": {"cluster_name": cluster, "cluster_id": model.cluster_id},
        }),
        _ => return (StatusCode::NOT_FOUND, "404 page not found\n").into_response(),
    };
    if *caller == Caller::Nobody {
        let message = "access denied to perform action \"read\" on \"cluster_name\"";
        return (StatusCode::FORBIDDEN, axum::Json(json!({"error": {"message": message}}))).into_response();
    }
    axum::Json(answer).into_response()
}
