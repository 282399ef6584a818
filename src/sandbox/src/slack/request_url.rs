//! The app's request URL: signed calls, made to it when people interact and Socket Mode is off.
//!
//! Signature v0 is HMAC-SHA256 of `v0:TIMESTAMP:BODY` by the app's signing secret, in hexadecimal.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use http::header;
use reqwest::{Client, Url};
use ring::hmac;
use tokio::io::AsyncWriteExt as _;
use tokio::net::TcpStream;

use super::options::SlackOptions;
use crate::common::callback;
use crate::common::error::SandboxError;
use crate::common::gate::Gate;
use crate::common::hex::hex;

/// How long a connection may take to come about.
const DIAL: Duration = Duration::from_secs(3);
/// Slack reads so much of an answer; it is not documented how much.
const MOST: usize = 1024 * 1024;

/// A call to the request URL, ready to be sent, as often as one likes. To forge one, change what is in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignedRequest {
    /// `X-Slack-Request-Timestamp`: seconds since 1970.
    pub timestamp: String,
    /// `X-Slack-Signature`: `v0=` and 64 hexadecimal digits.
    pub signature: String,
    /// `Content-Type`.
    pub content_type: String,
    /// The body, which the signature is of.
    pub body: Vec<u8>,
}

impl SignedRequest {
    /// Signs a form.
    pub(crate) fn sign(secret: &str, timestamp: i64, body: Vec<u8>) -> Self {
        let mut context = hmac::Context::with_key(&hmac::Key::new(hmac::HMAC_SHA256, secret.as_bytes()));
        context.update(format!("v0:{timestamp}:").as_bytes());
        context.update(&body);
        let signature = format!("v0={}", hex(context.sign().as_ref()));
        let content_type = "application/x-www-form-urlencoded".to_owned();
        Self { timestamp: timestamp.to_string(), signature, content_type, body }
    }
}

/// What the app answered to a call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answered {
    /// The status code.
    pub status: u16,
    /// The body.
    pub body: Vec<u8>,
}

/// The client that makes the calls.
pub(crate) struct RequestUrl {
    client: Client,
    gate: Arc<Gate>,
}

impl RequestUrl {
    pub(crate) fn new(options: &SlackOptions, gate: Arc<Gate>) -> Result<Self, SandboxError> {
        let agent = "Slackbot 1.0 (+https://api.slack.com/robots)";
        Ok(Self { client: callback::client(&options.callback_roots, agent, DIAL)?, gate })
    }

    /// Makes a call. It calls nobody but this machine; `Err` says why there was no answer.
    pub(crate) async fn send(&self, url: &str, request: &SignedRequest) -> Result<Answered, String> {
        let (url, _) = of_this_machine(url).await?;
        self.gate.opened().await;
        let call = self
            .client
            .post(url)
            .header(header::ACCEPT, "application/json,*/*")
            .header(header::CONTENT_TYPE, &request.content_type)
            .header("X-Slack-Request-Timestamp", &request.timestamp)
            .header("X-Slack-Signature", &request.signature)
            .body(request.body.clone());
        let lost = |error: reqwest::Error| error.without_url().to_string();
        let answer = call.send().await.map_err(lost)?;
        let status = answer.status().as_u16();
        let body = callback::read(answer, MOST).await.map_err(lost)?;
        self.gate.opened().await;
        Ok(Answered { status, body })
    }

    /// Makes a call and breaks off after so many bytes of its body.
    pub(crate) async fn send_cut(&self, url: &str, request: &SignedRequest, bytes: usize) -> Result<(), String> {
        let (url, address) = of_this_machine(url).await?;
        let head = format!(
            "POST {} HTTP/1.1\r\nHost: {address}\r\nContent-Type: {}\r\nContent-Length: {}\r\n\
             X-Slack-Request-Timestamp: {}\r\nX-Slack-Signature: {}\r\n\r\n",
            url.path(),
            request.content_type,
            request.body.len(),
            request.timestamp,
            request.signature,
        );
        let part = request.body.get(..bytes).unwrap_or(&request.body);
        let sent = async {
            let mut stream = TcpStream::connect(address).await?;
            stream.write_all(&[head.as_bytes(), part].concat()).await?;
            stream.shutdown().await
        };
        sent.await.map_err(|error: io::Error| error.to_string())
    }
}

/// The address that a URL stands for, which must be this machine's.
async fn of_this_machine(url: &str) -> Result<(Url, SocketAddr), String> {
    let url = Url::parse(url).map_err(|error| error.to_string())?;
    let found = callback::addresses(&url).await.unwrap_or_default();
    match found.first() {
        Some(first) if found.iter().all(|address| address.ip().is_loopback()) => Ok((url, *first)),
        _ => Err("the request URL is not one of this machine".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_signature_is_that_of_slacks_documentation() {
        let body = "token=xyzz0WbapA4vBCDEFasx0q6G&team_id=T1DC2JH3J&team_domain=testteamnow&channel_id=G8PSS9T3V\
                    &channel_name=foobar&user_id=U2CERLKJA&user_name=roadrunner&command=%2Fwebhook-collect&text=\
                    &response_url=https%3A%2F%2Fhooks.slack.com%2Fcommands%2FT1DC2JH3J%2F397700885554%2F\
                    96rGlfmibIGlgcZRskXaIFfN&trigger_id=398738663015.47445629121.803a0bc887a14d10d2c447fce8b6703c";
        let signed = SignedRequest::sign("8f742231b10e8888abcd99yyyzzz85a5", 1_531_420_618, body.into());
        assert_eq!(signed.signature, "v0=a2114d57b48eac39b9ad189dd8316235a7b4a8d21a10bd27519666489c69b503");
    }
}
