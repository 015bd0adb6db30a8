//! Hashes of passwords, of the schemes that are slow enough.

use argon2::{Argon2, Params, PasswordVerifier};

/// 2¹⁷ rounds take some ten seconds; one more doubles that.
const MAX_BCRYPT_COST: u32 = 17;
/// In KiB: a quarter of a GiB for each verification under way.
const MAX_ARGON2_MEMORY: u32 = 256 * 1024;
/// Passes over so much memory: some ten seconds.
const MAX_ARGON2_WORK: u64 = 64 * MAX_ARGON2_MEMORY as u64;

/// A hash that a password is compared with.
pub(super) enum PasswordHash {
    Bcrypt(Box<str>),
    Argon2id(Box<argon2::PasswordHash>),
}

impl PasswordHash {
    /// Reads one. The error says what is wrong with it and what to do, without a part of it.
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        match text.split('$').nth(1) {
            Some("2y" | "2b") => bcrypt(text),
            Some("argon2id") => argon2id(text),
            scheme => Err(format!(
                "{}: make a new hash by bcrypt (`htpasswd -B`) or Argon2id",
                what_is_wrong(text, scheme)
            )),
        }
    }

    /// Compares a password with it, in constant time as far as both are of equal length. This takes long: that is what it is
    /// for.
    pub(super) fn verify(&self, password: &[u8]) -> bool {
        match self {
            Self::Bcrypt(hash) => bcrypt::verify(password, hash).unwrap_or(false),
            Self::Argon2id(hash) => Argon2::default().verify_password(password, &**hash).is_ok(),
        }
    }
}

fn bcrypt(text: &str) -> Result<PasswordHash, String> {
    let parts: bcrypt::HashParts =
        text.parse().map_err(|_| "its bcrypt hash is malformed: copy it whole".to_owned())?;
    let cost = parts.get_cost();
    if !(4..=MAX_BCRYPT_COST).contains(&cost) {
        return Err(format!(
            "a cost of {cost} is none of 4 to {MAX_BCRYPT_COST}: 10 to 12 is usual"
        ));
    }
    Ok(PasswordHash::Bcrypt(text.into()))
}

fn argon2id(text: &str) -> Result<PasswordHash, String> {
    let malformed = || "its Argon2id hash is malformed: copy it whole".to_owned();
    let hash = argon2::PasswordHash::new(text).map_err(|_| malformed())?;
    let params = Params::try_from(&hash).map_err(|_| malformed())?;
    let is_known = hash.version.is_none_or(|version| argon2::Version::try_from(version).is_ok());
    if hash.salt.is_none() || hash.hash.is_none() || !is_known {
        return Err(malformed());
    }
    let work = u64::from(params.m_cost()) * u64::from(params.t_cost());
    if params.m_cost() > MAX_ARGON2_MEMORY || work > MAX_ARGON2_WORK {
        return Err(format!(
            "its Argon2id hash takes m={} KiB and t={} passes, and {MAX_ARGON2_MEMORY} KiB and a \
             product of {MAX_ARGON2_WORK} are the most: m=19456,t=2,p=1 is usual",
            params.m_cost(),
            params.t_cost()
        ));
    }
    Ok(PasswordHash::Argon2id(Box::new(hash)))
}

fn what_is_wrong(text: &str, scheme: Option<&str>) -> &'static str {
    match scheme {
        Some("apr1" | "1") => "MD5 is tried by the billion per second",
        Some("5" | "6") => "SHA-crypt is not supported",
        Some("2a" | "2x" | "2") => "bcrypt of before 2014 has had errors in how it reads passwords",
        Some("argon2i" | "argon2d") => "only the kind Argon2id of Argon2 is supported",
        _ if text.starts_with("{SHA}") || text.starts_with("{SSHA}") => {
            "SHA-1 is tried by the billion per second"
        }
        _ => {
            "this is no hash that we know, but a password in plain text, crypt(3) or a typing error"
        }
    }
}

#[cfg(test)]
mod tests {
    use argon2::{Algorithm, PasswordHasher, Version};

    use super::*;

    fn argon2id_of(password: &[u8], m: u32, t: u32) -> String {
        let params = Params::new(m, t, 1, None).unwrap();
        let argon2 = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
        let hash: argon2::PasswordHash =
            argon2.hash_password_with_salt(password, b"0123456789abcdef").unwrap();
        hash.to_string()
    }

    #[track_caller]
    fn check(text: &str, password: &str, other: &str) {
        let hash = PasswordHash::parse(text).unwrap_or_else(|problem| panic!("{text}: {problem}"));
        assert!(hash.verify(password.as_bytes()));
        assert!(!hash.verify(other.as_bytes()));
        assert!(!hash.verify(b""));
    }

    #[test]
    fn bcrypt_is_that_of_others() {
        // From the tests of crypt_blowfish, whose 2b and 2y are the same.
        for version in ["2b", "2y"] {
            let hash =
                format!("${version}$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW");
            check(&hash, "U*U", "U*V");
            let hash =
                format!("${version}$05$/OK.fbVrR/bpIqNJ5ianF.Sa7shbm4.OzKpvFnX1pQLmQW96oUlCq");
            let hash = PasswordHash::parse(&hash).unwrap();
            assert!(hash.verify(b"\xa3") && !hash.verify(b"\xa4"));
        }
    }

    #[test]
    fn passwords_are_compared() {
        let made = bcrypt::hash("secret", 4).unwrap();
        check(&made, "secret", "secret ");
        check(&made.replacen("$2b$", "$2y$", 1), "secret", "Secret");
        check(&argon2id_of(b"secret", 64, 1), "secret", "secre");
    }

    #[test]
    fn bcrypt_cuts_after_72_bytes() {
        let long = "a".repeat(72);
        let hash = PasswordHash::parse(&bcrypt::hash(&long, 4).unwrap()).unwrap();
        assert!(hash.verify(long.as_bytes()) && hash.verify(format!("{long}b").as_bytes()));
        assert!(!hash.verify(&long.as_bytes()[..71]));
    }

    #[track_caller]
    fn refused(text: &str, problem: &str) {
        let message = PasswordHash::parse(text).err().unwrap();
        assert!(message.contains(problem), "{text}: {message}");
        let secret = text.rsplit(['$', '}']).next().unwrap();
        assert!(secret.len() < 6 || !message.contains(secret), "{message}");
    }

    #[test]
    fn other_schemes_are_refused_with_advice() {
        for (text, problem) in [
            ("$apr1$Zs9zV2hN$0r4cYj8tM0mVQ1b3tq0cZ/", "MD5"),
            ("$1$saltsalt$qjXMvbEw8oaL.CzflDtaK/", "MD5"),
            ("{SHA}W6ph5Mm5Pz8GgiULbPgzG37mj9g=", "SHA-1"),
            ("{SSHA}W6ph5Mm5Pz8GgiULbPgzG37mj9g=", "SHA-1"),
            ("$5$saltstring$5B8vYYiY.CVt1RlTTf8KbXBH3hsxY/GNooZaBBGWEc8", "SHA-crypt"),
            ("$2a$04$zZ3pbBPhTjAl3Eo.8BmcRepXFHFe2T3Ns9b6dQ3MVhZRuCw6H4Zya", "before 2014"),
            ("$argon2i$v=19$m=64,t=1,p=1$c2FsdHNhbHQ$aGFzaGhhc2hoYXNo", "Argon2id"),
            ("rqXexS6ZhobKA", "crypt(3)"),
            ("correct horse battery staple", "plain text"),
            ("", "plain text"),
            ("$", "plain text"),
        ] {
            refused(text, problem);
            refused(text, "htpasswd -B");
        }
    }

    #[test]
    fn malformed_and_endless_hashes_are_refused() {
        refused("$2y$04$zZ3pbBPhTjAl3Eo.8Bmc", "malformed");
        refused("$2y$xx$zZ3pbBPhTjAl3Eo.8BmcRepXFHFe2T3Ns9b6dQ3MVhZRuCw6H4Zya", "malformed");
        refused("$2y$04$zZ3pbBPhTjAl3Eo.8BmcRepXFHFe2T3Ns9b6dQ3MVhZRuCw6H4Zya:x", "malformed");
        refused("$2y$31$zZ3pbBPhTjAl3Eo.8BmcRepXFHFe2T3Ns9b6dQ3MVhZRuCw6H4Zya", "cost of 31");
        refused("$2y$00$zZ3pbBPhTjAl3Eo.8BmcRepXFHFe2T3Ns9b6dQ3MVhZRuCw6H4Zya", "cost of 0");
        let made = argon2id_of(b"x", 64, 1);
        refused(made.rsplit_once('$').unwrap().0, "malformed");
        refused(&made.replacen("v=19", "v=20", 1), "malformed");
        refused(&made.replacen("m=64", "m=262145", 1), "m=262145");
        refused(&made.replacen("m=64,t=1", "m=262144,t=65", 1), "t=65");
        refused("$argon2id$", "malformed");
    }
}
