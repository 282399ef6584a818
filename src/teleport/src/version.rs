//! Which servers we can speak with.

/// The oldest major version whose calls are all known to work.
const OLDEST: u64 = 7;

/// Refuses a server that is too old; the error is what it says of itself, in words. A version that cannot be read is
/// accepted: the calls themselves will tell.
pub(crate) fn check(version: &str) -> Result<(), String> {
    match major(version) {
        Some(major) if major < OLDEST => {
            Err(format!("the server is Teleport {version}; {OLDEST}.0 is the oldest that works"))
        }
        Some(_) => Ok(()),
        None => {
            tracing::warn!(version, "cannot read the version of the Teleport server; going on");
            Ok(())
        }
    }
}

/// The major version of `18.0.0`, `15.0.0-dev`, `13.0.0-beta.1+build`.
pub(crate) fn major(version: &str) -> Option<u64> {
    let version = version.trim();
    version.strip_prefix('v').unwrap_or(version).split_once('.')?.0.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn old_servers_are_refused_and_odd_ones_are_not() {
        for good in ["7.0.0", "8.3.21", "v10.1.0", "15.0.0-dev", "13.0.0-beta.1+build", "18.0", "", "trunk", "dev.1"] {
            assert_eq!(check(good), Ok(()), "{good}");
        }
        for old in ["6.2.31", "v5.0.0", "0.1.0", "6.9.9-rc.1"] {
            assert!(check(old).is_err(), "{old}");
        }
        assert_eq!(check("6.2.31").unwrap_err(), "the server is Teleport 6.2.31; 7.0 is the oldest that works");
    }
}
