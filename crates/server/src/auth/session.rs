//! The cookie of a signed-in person.
//!
//! `SameSite=Lax` and `HttpOnly`; what changes something must also carry a JSON content type, which no form of
//! another site can send. Both together stand in for a CSRF token.

use spanstone_engine::{SessionToken, User};

use crate::call::Call;

/// The name of the cookie.
pub(crate) const NAME: &str = "spanstone_session";
/// As long as the token itself counts: 30 days.
const MAX_AGE_SECONDS: u32 = 30 * 24 * 3_600;

/// Who is signed in.
pub(crate) fn user(call: &Call) -> Option<User> {
    call.engine().session(token(call.header("cookie")?)?)
}

/// The value of `Set-Cookie` that signs in.
pub(crate) fn cookie(token: &SessionToken, secure: bool) -> String {
    format!("{NAME}={}; Path=/; Max-Age={MAX_AGE_SECONDS}; HttpOnly; SameSite=Lax{}", token.as_str(), flag(secure))
}

/// The value of `Set-Cookie` that signs out.
pub(crate) fn no_cookie(secure: bool) -> String {
    format!("{NAME}=; Path=/; Max-Age=0; HttpOnly; SameSite=Lax{}", flag(secure))
}

fn flag(secure: bool) -> &'static str {
    if secure { "; Secure" } else { "" }
}

fn token(cookies: &str) -> Option<&str> {
    let mut pairs = cookies.split(';').filter_map(|pair| pair.trim().split_once('='));
    pairs.find(|(name, _)| *name == NAME).map(|(_, value)| value.trim_matches('"'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_token_is_found_among_other_cookies() {
        assert_eq!(token("theme=dark; spanstone_session=a.b.c; x"), Some("a.b.c"));
        assert_eq!(token("spanstone_session=\"a.b\""), Some("a.b"));
        assert_eq!(token("not_spanstone_session=1"), None);
        assert_eq!(token(""), None);
    }
}
