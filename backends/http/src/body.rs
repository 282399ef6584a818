//! Reading an answer, but never more of it than we are ready to hold.

use reqwest::Response;

use crate::transport::Transport;

/// Why an answer could not be read.
#[derive(Debug, thiserror::Error)]
pub enum BodyError {
    /// The connection broke.
    #[error(transparent)]
    Transport(#[from] Transport),
    /// It is larger than this many bytes.
    #[error("larger than {0} bytes")]
    TooLarge(usize),
}

/// Reads the body, but never more than `limit` bytes of it.
///
/// # Errors
/// When the connection breaks, and when the body is larger.
pub async fn body_of(mut response: Response, limit: usize) -> Result<Vec<u8>, BodyError> {
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(Transport::from)? {
        if body.len() + chunk.len() > limit {
            return Err(BodyError::TooLarge(limit));
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body)
}
