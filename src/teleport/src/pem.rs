//! PEM blocks in a text that may hold other lines too, as Teleport's identity files do.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

/// One PEM block.
pub(crate) struct Block {
    /// What stands after `BEGIN`: `CERTIFICATE`, `RSA PRIVATE KEY`.
    pub(crate) label: String,
    /// The decoded content. May be a private key: never shown.
    pub(crate) der: Vec<u8>,
    /// Whether a header says that the content is encrypted (the old OpenSSL form).
    pub(crate) encrypted: bool,
}

impl fmt::Debug for Block {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Block({}, {} bytes)", self.label, self.der.len())
    }
}

impl Block {
    pub(crate) fn is_certificate(&self) -> bool {
        self.label == "CERTIFICATE"
    }

    pub(crate) fn is_private_key(&self) -> bool {
        self.label.ends_with("PRIVATE KEY")
    }
}

/// A text taken apart.
#[derive(Debug)]
pub(crate) struct Parts<'a> {
    pub(crate) blocks: Vec<Block>,
    /// The lines outside of the blocks, trimmed, without empty ones.
    pub(crate) lines: Vec<&'a str>,
}

/// Why a text cannot be taken apart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum PemError {
    /// The block's END line is missing.
    Truncated(String),
    /// The block's content is no base64.
    Garbled(String),
}

/// Takes `text` apart. Lines may end in CRLF and have space around them; text before, between and after blocks is kept.
pub(crate) fn parts(text: &str) -> Result<Parts<'_>, PemError> {
    let mut parts = Parts { blocks: Vec::new(), lines: Vec::new() };
    // Editors on Windows put a byte order mark before the first line.
    let mut lines = text.trim_start_matches('\u{feff}').lines().map(str::trim).filter(|line| !line.is_empty());
    while let Some(line) = lines.next() {
        match label_of(line, "-----BEGIN ") {
            Some(label) => parts.blocks.push(block(label, &mut lines)?),
            None => parts.lines.push(line),
        }
    }
    Ok(parts)
}

fn label_of<'a>(line: &'a str, start: &str) -> Option<&'a str> {
    line.strip_prefix(start)?.strip_suffix("-----")
}

fn block<'a>(label: &str, lines: &mut impl Iterator<Item = &'a str>) -> Result<Block, PemError> {
    let mut base64 = String::new();
    let mut encrypted = false;
    for line in lines {
        if line.starts_with("-----") {
            if label_of(line, "-----END ") != Some(label) {
                break;
            }
            let der = STANDARD.decode(&base64).map_err(|_| PemError::Garbled(label.to_owned()))?;
            return Ok(Block { label: label.to_owned(), der, encrypted });
        }
        // Base64 has no colon, headers always do.
        match line.split_once(':') {
            Some(("Proc-Type", how)) => encrypted = how.contains("ENCRYPTED"),
            Some(_) => {}
            None => base64.push_str(line),
        }
    }
    Err(PemError::Truncated(label.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blocks_are_found_between_other_lines_whatever_ends_them() {
        let text = "\u{feff}leading junk\r\n -----BEGIN A B-----  \r\nAQ\r\n==\r\n\r\n-----END A B-----\r\n\
                    ssh-rsa-cert-v01@openssh.com AAAA\r\n-----BEGIN CERTIFICATE-----\nAg==\n-----END CERTIFICATE-----   \n\n";
        let parts = parts(text).unwrap();
        assert_eq!(parts.lines, ["leading junk", "ssh-rsa-cert-v01@openssh.com AAAA"]);
        let blocks: Vec<_> = parts.blocks.iter().map(|b| (b.label.as_str(), b.der.as_slice(), b.encrypted)).collect();
        assert_eq!(blocks, [("A B", &[1][..], false), ("CERTIFICATE", &[2][..], false)]);
    }

    #[test]
    fn headers_are_no_content() {
        let text = "-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: AES-128-CBC,00\n\nAQ==\n\
                    -----END RSA PRIVATE KEY-----";
        let parts = parts(text).unwrap();
        assert!(parts.blocks[0].encrypted);
        assert_eq!(parts.blocks[0].der, [1]);
    }

    #[test]
    fn a_block_without_its_end_is_an_error() {
        let truncated = Err(PemError::Truncated("X".to_owned()));
        let labels = |text| parts(text).map(|p| p.blocks.len());
        assert_eq!(labels("-----BEGIN X-----\nAQ=="), truncated);
        assert_eq!(labels("-----BEGIN X-----\n-----BEGIN Y-----\nAQ==\n-----END Y-----"), truncated);
        assert_eq!(labels("-----BEGIN X-----\nAQ==\n-----END Y-----"), truncated);
        assert_eq!(labels("-----BEGIN X-----\nA*==\n-----END X-----"), Err(PemError::Garbled("X".to_owned())));
        assert_eq!(labels("no PEM at all"), Ok(0));
    }

    #[test]
    fn debug_does_not_show_the_content() {
        let block = Block { label: "PRIVATE KEY".to_owned(), der: vec![77; 3], encrypted: false };
        assert_eq!(format!("{block:?}"), "Block(PRIVATE KEY, 3 bytes)");
    }
}
