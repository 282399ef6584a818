//! Connections of any kind behind one type, so that each HTTP version is in the program once, whatever carries it.

use tokio::io::{AsyncRead, AsyncWrite};

/// What carries bytes both ways.
pub(crate) trait Stream: AsyncRead + AsyncWrite + Send + Unpin {}

impl<T: AsyncRead + AsyncWrite + Send + Unpin> Stream for T {}

/// Any connection.
pub(crate) type AnyStream = Box<dyn Stream>;
