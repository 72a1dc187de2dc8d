//! Signatures of senders without an account, as the Standard Webhooks specification writes them: HMAC-SHA-256 over
//! `<webhook-id>.<webhook-timestamp>.<body>`, so that neither the body nor its time can be changed, and nothing that was
//! recorded on the way can be sent again later. (Sent again at once, it is the same event, and events are taken once.)

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use chrono::{DateTime, TimeDelta, Utc};
use hmac::{Hmac, Mac};
use sha2::Sha256;

/// What a secret begins with.
const SECRET_PREFIX: &str = "whsec_";
/// How far the sender's clock and the way here may be apart from our clock.
const TOLERANCE: TimeDelta = TimeDelta::minutes(5);
/// Signatures looked at in one header; two are in use while a secret is changed.
const MAX_SIGNATURES: usize = 5;

/// The headers of a signed request.
#[derive(Debug, Clone, Copy)]
pub struct Signed<'a> {
    /// `webhook-id`.
    pub id: &'a str,
    /// `webhook-timestamp`: seconds since 1970.
    pub timestamp: &'a str,
    /// `webhook-signature`: `v1,<base64>`, several with blanks between.
    pub signatures: &'a str,
}

/// Why a signature is not accepted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SignatureError {
    /// The time is missing, no number, or more than five minutes away.
    #[error("webhook-timestamp must be seconds since 1970, at most 5 minutes from now")]
    Time,
    /// No signature fits.
    #[error("no signature fits the secret, the headers and the body")]
    Wrong,
}

/// Checks that `body` was signed with `secret` a moment ago.
///
/// # Errors
/// See [`SignatureError`].
pub fn verify(secret: &str, signed: Signed<'_>, body: &[u8], now: DateTime<Utc>) -> Result<(), SignatureError> {
    let at = signed.timestamp.parse().ok().and_then(|seconds| DateTime::from_timestamp(seconds, 0));
    let at = at.ok_or(SignatureError::Time)?;
    if (now - at).abs() > TOLERANCE {
        return Err(SignatureError::Time);
    }
    let key = key(secret).ok_or(SignatureError::Wrong)?;
    let fits = |signature: &str| {
        let given = signature.strip_prefix("v1,").and_then(|text| STANDARD.decode(text).ok());
        // `verify_slice` compares in constant time
        given.is_some_and(|given| mac(&key, signed, body).is_some_and(|mac| mac.verify_slice(&given).is_ok()))
    };
    if signed.signatures.split(' ').take(MAX_SIGNATURES).any(fits) { Ok(()) } else { Err(SignatureError::Wrong) }
}

/// The signature a sender writes: for tests, and for programs in Rust that send events.
#[must_use]
pub fn sign(secret: &str, id: &str, timestamp: &str, body: &[u8]) -> Option<String> {
    let signed = Signed { id, timestamp, signatures: "" };
    let mac = mac(&key(secret)?, signed, body)?;
    Some(format!("v1,{}", STANDARD.encode(mac.finalize().into_bytes())))
}

/// A secret out of 32 random bytes.
#[must_use]
pub fn secret_of(bytes: &[u8]) -> String {
    format!("{SECRET_PREFIX}{}", STANDARD.encode(bytes))
}

fn key(secret: &str) -> Option<Vec<u8>> {
    STANDARD.decode(secret.strip_prefix(SECRET_PREFIX)?).ok()
}

fn mac(key: &[u8], signed: Signed<'_>, body: &[u8]) -> Option<Hmac<Sha256>> {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).ok()?;
    for part in [signed.id.as_bytes(), b".", signed.timestamp.as_bytes(), b".", body] {
        mac.update(part);
    }
    Some(mac)
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
    const ID: &str = "msg_p5jXN8AQM9LWM0D4loKWxJek";
    const AT: &str = "1614265330";
    const BODY: &[u8] = br#"{"test": 2432232314}"#;
    /// The example of the specification's reference libraries.
    const GOOD: &str = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=";

    fn at(seconds: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(1_614_265_330 + seconds, 0).unwrap()
    }

    fn check(
        secret: &str,
        (id, timestamp, signatures): (&str, &str, &str),
        body: &[u8],
        later: i64,
    ) -> Result<(), SignatureError> {
        verify(secret, Signed { id, timestamp, signatures }, body, at(later))
    }

    #[test]
    fn the_example_of_the_specification() {
        assert_eq!(sign(SECRET, ID, AT, BODY).as_deref(), Some(GOOD));
        assert_eq!(check(SECRET, (ID, AT, GOOD), BODY, 0), Ok(()));
        let two = format!("v1,AAAA {GOOD}");
        assert_eq!(check(SECRET, (ID, AT, &two), BODY, 0), Ok(()), "while a secret is changed there are two");
    }

    #[test]
    fn whatever_is_changed_breaks_it() {
        let wrong = Err(SignatureError::Wrong);
        assert_eq!(check("whsec_AAAA", (ID, AT, GOOD), BODY, 0), wrong, "secret");
        assert_eq!(check("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", (ID, AT, GOOD), BODY, 0), wrong, "no secret of ours");
        assert_eq!(check(SECRET, ("msg_other", AT, GOOD), BODY, 0), wrong, "id");
        assert_eq!(check(SECRET, (ID, "1614265331", GOOD), BODY, 0), wrong, "time");
        assert_eq!(check(SECRET, (ID, AT, GOOD), br#"{"test": 2432232315}"#, 0), wrong, "body");
        for signature in [
            "",
            "v1,",
            "v1",
            "g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
            "v2,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
            "v1,g0hM9SsE",
        ] {
            assert_eq!(check(SECRET, (ID, AT, signature), BODY, 0), wrong, "{signature}");
        }
    }

    #[test]
    fn what_was_recorded_cannot_be_sent_again_later() {
        assert_eq!(check(SECRET, (ID, AT, GOOD), BODY, 300), Ok(()));
        assert_eq!(check(SECRET, (ID, AT, GOOD), BODY, -300), Ok(()));
        for later in [301, -301, 86_400] {
            assert_eq!(check(SECRET, (ID, AT, GOOD), BODY, later), Err(SignatureError::Time));
        }
        for time in ["", "now", "99999999999999999999", "9223372036854775807", "-1"] {
            assert_eq!(check(SECRET, (ID, time, GOOD), BODY, 0), Err(SignatureError::Time), "{time}");
        }
    }
}
