//! Who may come in: a list of users, as `htpasswd` writes it.

use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;

use super::hash::PasswordHash;

/// Users and the hashes of their passwords.
#[derive(Default)]
pub struct BasicUsers {
    users: Vec<User>,
    by_name: HashMap<Arc<str>, usize>,
}

pub(super) struct User {
    pub(super) name: Arc<str>,
    pub(super) hash: PasswordHash,
}

impl BasicUsers {
    /// Reads a list: `name:hash` per line, with empty lines and those that begin with `#` passed over. A hash is one of bcrypt
    /// (`$2y$` or `$2b$`, as `htpasswd -B` makes it; of a password that it cuts after 72 bytes) or of Argon2id in the form
    /// that PHC has given it (`$argon2id$v=19$m=19456,t=2,p=1$...`).
    ///
    /// # Errors
    /// At the first line that isn't so: no colon, a name that is empty, there twice or has control characters, a hash that is
    /// malformed, of another scheme or would take minutes. The text says what to do, and holds no hash.
    pub fn parse(text: &str) -> Result<Self, BasicUsersError> {
        let mut list = Self::default();
        for (line, number) in text.strip_prefix('\u{feff}').unwrap_or(text).lines().zip(1..) {
            let line = line.trim();
            if line.is_empty() || line.starts_with('#') {
                continue;
            }
            list.add(line).map_err(|problem| BasicUsersError { line: number, problem })?;
        }
        Ok(list)
    }

    fn add(&mut self, line: &str) -> Result<(), String> {
        let Some((name, hash)) = line.split_once(':') else {
            return Err(
                "there is no colon: write name:hash, as `htpasswd -nB name` prints it".to_owned()
            );
        };
        if name.is_empty() || name.chars().any(char::is_control) {
            return Err("the name is empty or has control characters".to_owned());
        }
        let hash = PasswordHash::parse(hash).map_err(|problem| format!("{name:?}: {problem}"))?;
        let name: Arc<str> = name.into();
        if self.by_name.insert(Arc::clone(&name), self.users.len()).is_some() {
            return Err(format!("{name:?} is there twice: leave one out"));
        }
        self.users.push(User { name, hash });
        Ok(())
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.users.len()
    }

    /// Whether there is nobody.
    pub fn is_empty(&self) -> bool {
        self.users.is_empty()
    }

    /// The user of this name; or, in the place of one who doesn't exist, another, who is the same each time that the number is:
    /// who is refused after the same work is nobody in particular.
    pub(super) fn find(&self, name: &str, number: u64) -> Option<(&User, bool)> {
        let listed = self.by_name.get(name).copied();
        let index = match listed {
            Some(index) => index,
            None => number.checked_rem(self.users.len() as u64)? as usize,
        };
        Some((self.users.get(index)?, listed.is_some()))
    }
}

impl fmt::Debug for BasicUsers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.users.iter().map(|user| &user.name)).finish()
    }
}

/// A list of users can't be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BasicUsersError {
    line: usize,
    problem: String,
}

impl BasicUsersError {
    /// Where, counted from 1.
    pub fn line(&self) -> usize {
        self.line
    }
}

impl fmt::Display for BasicUsersError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}: {}", self.line, self.problem)
    }
}

impl std::error::Error for BasicUsersError {}

#[cfg(test)]
mod tests {
    use super::*;

    const HASH: &str = "$2y$04$zZ3pbBPhTjAl3Eo.8BmcRepXFHFe2T3Ns9b6dQ3MVhZRuCw6H4Zya";

    #[test]
    fn lists_are_read() {
        let text = format!("\u{feff}# people\r\n\r\nalice:{HASH} \r\n  b\u{f6}b x:{HASH}\n");
        let users = BasicUsers::parse(&text).unwrap();
        assert_eq!((users.len(), users.is_empty()), (2, false));
        assert_eq!(format!("{users:?}"), "{\"alice\", \"b\u{f6}b x\"}");
        assert!(BasicUsers::parse("# nobody\n").unwrap().is_empty());
    }

    #[test]
    fn who_is_not_there_has_a_stand_in() {
        let users = BasicUsers::parse(&format!("a:{HASH}\nb:{HASH}\n")).unwrap();
        let find = |name, number| users.find(name, number).map(|(user, is)| (&*user.name, is));
        assert_eq!(find("b", 0), Some(("b", true)));
        assert_eq!(find("c", 0), Some(("a", false)));
        assert_eq!(find("c", u64::MAX), Some(("b", false)));
        assert!(BasicUsers::default().find("a", 7).is_none());
    }

    #[track_caller]
    fn refused(text: &str, line: usize, problem: &str) {
        let error = BasicUsers::parse(text).unwrap_err();
        assert_eq!(error.line(), line);
        let message = error.to_string();
        assert!(
            message.starts_with(&format!("line {line}: ")) && message.contains(problem),
            "{message}"
        );
    }

    #[test]
    fn lines_that_are_none() {
        refused("alice", 1, "no colon");
        refused("\n#\nalice", 3, "no colon");
        refused(&format!(":{HASH}"), 1, "empty");
        refused(&format!("a\tb:{HASH}"), 1, "control");
        refused(&format!("a:{HASH}\nb:{HASH}\na:{HASH}"), 3, "\"a\" is there twice");
        refused("alice:", 1, "\"alice\": ");
    }
}
