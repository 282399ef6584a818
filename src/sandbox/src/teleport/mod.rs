//! A stand-in of a Teleport Auth server.
