//! Users and their signed-in sessions.
//!
//! Owns the token of a session: who it is for, until when, and a signature over both with a key that is in the
//! ledger. Nothing is stored per session.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use spanstone_model::Timestamp;

use crate::accounts::Accounts;
use crate::{Engine, password};

/// How long a session lasts, in microseconds: 30 days.
const SESSION_MICROS: i64 = 30 * 24 * 3_600 * 1_000_000;

/// The longest password that is looked at, in bytes.
const PASSWORD_BYTES_MAX: usize = 1_000;

/// What a browser keeps to stay signed in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SessionToken(String);

/// A person who may look at traces.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct User {
    /// The address they sign in with.
    pub email: String,
    /// Their name.
    pub name: String,
}

/// The e-mail address or the password is wrong; which of the two is not said.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the e-mail address or the password is wrong")]
pub struct SignInError;

impl SessionToken {
    /// The token as text, for a cookie.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Engine {
    /// Signs a user in. Takes a tenth of a second and 19 MiB, on purpose; see the password scheme.
    ///
    /// # Errors
    /// Fails when there is no such user, or when the password is another.
    pub fn sign_in(&self, email: &str, password: &str) -> Result<SessionToken, SignInError> {
        if password.len() > PASSWORD_BYTES_MAX {
            return Err(SignInError);
        }
        let user = self.accounts.user(email);
        // Without a user the work is done all the same, so that the time does not tell who has an account.
        let absent = password::hash("");
        let stored = user.as_ref().map_or(absent.as_str(), |user| &user.password);
        let matches = password::verify(password, stored);
        let user = user.filter(|_| matches).ok_or(SignInError)?;
        Ok(token(&self.accounts, &user.email, Timestamp::from_micros(self.now().micros() + SESSION_MICROS)))
    }

    /// Who a token was given to, if it still counts.
    #[must_use]
    pub fn session(&self, token: &str) -> Option<User> {
        let (email, expires) = read(&self.accounts, token)?;
        let user = self.accounts.user(&email).filter(|_| self.now() < expires)?;
        Some(User { email: user.email, name: user.name })
    }
}

fn token(accounts: &Accounts, email: &str, expires: Timestamp) -> SessionToken {
    let claim = format!("{}.{}", expires.micros(), URL_SAFE_NO_PAD.encode(email));
    let signature = URL_SAFE_NO_PAD.encode(signer(accounts, &claim).finalize().into_bytes());
    SessionToken(format!("{claim}.{signature}"))
}

fn read(accounts: &Accounts, token: &str) -> Option<(String, Timestamp)> {
    let (claim, signature) = token.rsplit_once('.')?;
    signer(accounts, claim).verify_slice(&URL_SAFE_NO_PAD.decode(signature).ok()?).ok()?;
    let (expires, email) = claim.split_once('.')?;
    let email = String::from_utf8(URL_SAFE_NO_PAD.decode(email).ok()?).ok()?;
    Some((email, Timestamp::from_micros(expires.parse().ok()?)))
}

fn signer(accounts: &Accounts, claim: &str) -> Hmac<Sha256> {
    let mac = Hmac::<Sha256>::new_from_slice(&accounts.session_key).expect("HMAC takes a key of any length");
    mac.chain_update(claim.as_bytes())
}
