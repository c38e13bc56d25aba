//! The server under load: where it is and how to identify to it.

use crate::Failure;
use crate::flags::Flags;

/// A server and a key of it.
#[derive(Debug, Clone)]
pub(crate) struct Target {
    /// Host and port.
    pub(crate) address: String,
    /// The `Authorization` header as a line of the head.
    pub(crate) authorization: String,
}

impl Target {
    /// Takes `--address`, `--public-key` and `--secret-key`.
    pub(crate) fn take(flags: &mut Flags) -> Result<Self, Failure> {
        let address: Option<String> = flags.take("address")?;
        let mut key = |flag: &str, variable: &str| -> Result<String, Failure> {
            let given: Option<String> = flags.take(flag)?;
            let key = given.or_else(|| std::env::var(variable).ok());
            Ok(key.ok_or(format!("give --{flag} or set {variable}"))?)
        };
        let public = key("public-key", "LANGFUSE_PUBLIC_KEY")?;
        let secret = key("secret-key", "LANGFUSE_SECRET_KEY")?;
        let address = address.unwrap_or_else(|| "127.0.0.1:3000".to_owned());
        Ok(Self::new(address, &public, &secret))
    }

    /// A server at an address, and a key.
    pub(crate) fn new(address: String, public: &str, secret: &str) -> Self {
        let credentials = base64(format!("{public}:{secret}").as_bytes());
        Self { address, authorization: format!("Authorization: Basic {credentials}\r\n") }
    }
}

fn base64(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::new();
    for chunk in bytes.chunks(3) {
        let group = (0..3).fold(0, |group, i| group << 8 | usize::from(*chunk.get(i).unwrap_or(&0)));
        for digit in 0..4 {
            if digit <= chunk.len() {
                text.push(char::from(DIGITS[group >> (18 - 6 * digit) & 63]));
            } else {
                text.push('=');
            }
        }
    }
    text
}

#[cfg(test)]
mod tests {
    #[test]
    fn base64_pads_to_four() {
        let texts = [b"".as_slice(), b"f", b"fo", b"foo", b"foob"].map(super::base64);
        assert_eq!(texts, ["", "Zg==", "Zm8=", "Zm9v", "Zm9vYg=="]);
    }
}
