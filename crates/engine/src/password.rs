//! Passwords, hashed slowly.
//!
//! Owns the one scheme: Argon2id with the parameters of RFC 9106's second recommendation cut to OWASP's minimum
//! (19 MiB, two passes), so that a sign-in fits on a small machine. The parameters are part of the stored text.

use argon2::{Algorithm, Argon2, Params, Version};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD;

use crate::random;

const MEMORY_KIB: u32 = 19 * 1024;
const PASSES: u32 = 2;
const LANES: u32 = 1;
const HASH_BYTES: usize = 32;

/// The stored text of a password: parameters, salt and hash.
pub(crate) fn hash(password: &str) -> String {
    let salt = random::bytes::<16>();
    let digest = digest(password, &salt, (MEMORY_KIB, PASSES, LANES))
        .expect("the parameters above are within Argon2's range and any password is short enough");
    let (salt, digest) = (STANDARD_NO_PAD.encode(salt), STANDARD_NO_PAD.encode(digest));
    format!("argon2id${MEMORY_KIB}${PASSES}${LANES}${salt}${digest}")
}

/// Whether a password is the one of a stored text. A text that does not read matches nothing.
pub(crate) fn verify(password: &str, stored: &str) -> bool {
    parse(stored).is_some_and(|(parameters, salt, expected)| {
        digest(password, &salt, parameters).is_some_and(|actual| equal(&actual, &expected))
    })
}

type Parameters = (u32, u32, u32);

fn parse(stored: &str) -> Option<(Parameters, Vec<u8>, Vec<u8>)> {
    let [scheme, memory, passes, lanes, salt, digest] = stored.split('$').collect::<Vec<_>>().try_into().ok()?;
    let parameters = (memory.parse().ok()?, passes.parse().ok()?, lanes.parse().ok()?);
    let (salt, digest) = (STANDARD_NO_PAD.decode(salt).ok()?, STANDARD_NO_PAD.decode(digest).ok()?);
    (scheme == "argon2id").then_some((parameters, salt, digest))
}

fn digest(password: &str, salt: &[u8], (memory, passes, lanes): Parameters) -> Option<[u8; HASH_BYTES]> {
    let parameters = Params::new(memory, passes, lanes, Some(HASH_BYTES)).ok()?;
    let mut digest = [0; HASH_BYTES];
    let argon2 = Argon2::new(Algorithm::Argon2id, Version::V0x13, parameters);
    argon2.hash_password_into(password.as_bytes(), salt, &mut digest).ok()?;
    Some(digest)
}

/// Compares in a time that does not depend on where the difference is.
fn equal(left: &[u8], right: &[u8]) -> bool {
    left.len() == right.len() && left.iter().zip(right).fold(0, |difference, (a, b)| difference | (a ^ b)) == 0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_password_itself_matches() {
        let stored = hash("correct horse");
        assert!(verify("correct horse", &stored));
        assert!(!verify("correct horsf", &stored));
        assert_ne!(stored, hash("correct horse"));
    }

    #[test]
    fn a_damaged_text_matches_nothing() {
        for stored in ["", "argon2id$1$1", "argon2id$0$0$0$AA$AA", "bcrypt$19456$2$1$AAAAAAAAAAAAAAAAAAAAAA$AA"] {
            assert!(!verify("", stored), "{stored}");
        }
    }
}
