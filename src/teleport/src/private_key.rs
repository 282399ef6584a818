//! Private keys in every form in which Teleport's tools write them.

use std::sync::Arc;

use rustls::crypto::KeyProvider;
use rustls::sign::SigningKey;
use rustls_pki_types::{PrivateKeyDer, PrivatePkcs1KeyDer, PrivatePkcs8KeyDer, PrivateSec1KeyDer};

use crate::openssh_key::{self, OpensshKeyError};
use crate::pem::Block;

/// Why a private key cannot be used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum PrivateKeyError {
    /// It is protected by a passphrase.
    Encrypted,
    /// It only names a key that is kept in a piece of hardware.
    Hardware,
    /// It is of no kind that TLS can use here, or damaged.
    Unusable(String),
}

/// The key in `block`.
///
/// The label is not trusted (Go does not either): tools have written PKCS#8 under `RSA PRIVATE KEY`, so each form is tried.
pub(crate) fn read(block: &Block, keys: &dyn KeyProvider) -> Result<Arc<dyn SigningKey>, PrivateKeyError> {
    match block.label.as_str() {
        _ if block.encrypted => return Err(PrivateKeyError::Encrypted),
        "ENCRYPTED PRIVATE KEY" => return Err(PrivateKeyError::Encrypted),
        label if label.starts_with("PIV ") => return Err(PrivateKeyError::Hardware),
        "OPENSSH PRIVATE KEY" => {
            let der = openssh_key::convert(&block.der)?;
            return keys.load_private_key(der).map_err(|e| PrivateKeyError::Unusable(e.to_string()));
        }
        _ => {}
    }
    let forms: [PrivateKeyDer<'static>; 3] = [
        PrivatePkcs8KeyDer::from(block.der.clone()).into(),
        PrivatePkcs1KeyDer::from(block.der.clone()).into(),
        PrivateSec1KeyDer::from(block.der.clone()).into(),
    ];
    forms.into_iter().find_map(|form| keys.load_private_key(form).ok()).ok_or_else(|| {
        PrivateKeyError::Unusable("it is damaged, or of a kind other than RSA, ECDSA and Ed25519".to_owned())
    })
}

impl From<OpensshKeyError> for PrivateKeyError {
    fn from(error: OpensshKeyError) -> Self {
        match error {
            OpensshKeyError::Encrypted => Self::Encrypted,
            // Security keys: the file holds a handle only.
            OpensshKeyError::UnknownType(kind) if kind.starts_with("sk-") => Self::Hardware,
            OpensshKeyError::UnknownType(kind) => Self::Unusable(format!("TLS cannot use its type `{kind}`")),
            OpensshKeyError::Malformed => Self::Unusable("its OpenSSH container is damaged".to_owned()),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::process::Command;

    use super::*;
    use crate::pem;

    fn load(pem_text: &str) -> Result<Arc<dyn SigningKey>, PrivateKeyError> {
        let parts = pem::parts(pem_text).unwrap();
        read(&parts.blocks[0], rustls::crypto::ring::default_provider().key_provider)
    }

    /// The same key as `ssh-keygen` writes it: in its own container, and in a form that OpenSSL reads.
    fn ssh_keygen(dir: &tempfile::TempDir, kind: &str, bits: &str, plain: &str, passphrase: &str) -> (String, String) {
        let path = dir.path().join(format!("{kind}-{bits}"));
        let run = |args: &[&str]| {
            let done = Command::new("ssh-keygen").args(args).arg("-f").arg(&path).output().unwrap();
            assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
        };
        run(&["-q", "-t", kind, "-b", bits, "-N", passphrase, "-C", "test"]);
        let openssh = fs::read_to_string(&path).unwrap();
        if plain.is_empty() {
            return (openssh, String::new());
        }
        run(&["-q", "-p", "-P", passphrase, "-N", "", "-m", plain]);
        (openssh, fs::read_to_string(&path).unwrap())
    }

    #[test]
    #[expect(clippy::print_stderr, reason = "whoever runs the tests shall know what was left out")]
    fn openssh_keys_are_the_keys_that_openssl_sees() {
        if Command::new("ssh-keygen").arg("-?").output().is_err() {
            eprintln!("not run: there is no ssh-keygen here");
            return;
        }
        let dir = tempfile::tempdir().unwrap();
        for (kind, bits) in [("rsa", "2048"), ("rsa", "3072"), ("ecdsa", "256"), ("ecdsa", "384")] {
            let (openssh, plain) = ssh_keygen(&dir, kind, bits, "PEM", "");
            assert!(openssh.contains("OPENSSH"), "{openssh}");
            assert!(!plain.contains("OPENSSH"), "{plain}");
            let public = |text: &str| load(text).unwrap().public_key().unwrap().to_vec();
            assert_eq!(public(&openssh), public(&plain), "{kind} {bits}");
        }
        let (openssh, _) = ssh_keygen(&dir, "ed25519", "256", "", "");
        assert!(load(&openssh).is_ok());
        let (encrypted, _) = ssh_keygen(&dir, "ed25519", "255", "", "hunter2");
        assert_eq!(load(&encrypted).unwrap_err(), PrivateKeyError::Encrypted);
        let (p521, _) = ssh_keygen(&dir, "ecdsa", "521", "", "");
        assert!(matches!(load(&p521).unwrap_err(), PrivateKeyError::Unusable(_)));
    }

    #[test]
    fn the_label_is_not_trusted() {
        let pkcs8 = rcgen::KeyPair::generate().unwrap().serialize_pem();
        assert!(load(&pkcs8).is_ok());
        assert!(load(&pkcs8.replace("PRIVATE KEY", "RSA PRIVATE KEY")).is_ok());
        assert!(load(&pkcs8.replace("PRIVATE KEY", "EC PRIVATE KEY")).is_ok());
        assert_eq!(
            load(&pkcs8.replace("PRIVATE KEY", "PIV YUBIKEY PRIVATE KEY")).unwrap_err(),
            PrivateKeyError::Hardware
        );
        assert_eq!(
            load(&pkcs8.replace("PRIVATE KEY", "ENCRYPTED PRIVATE KEY")).unwrap_err(),
            PrivateKeyError::Encrypted
        );
    }
}
