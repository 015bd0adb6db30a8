//! `catzilla hash-password`: what `--auth` and `--auth-file` take in the place of a password.

use std::io::{self, BufRead, IsTerminal, Write};

use anyhow::{Context, Result, bail};
use argon2::Argon2;
use argon2::password_hash::PasswordHasher;

/// Reads a password, from a terminal unseen and twice, and prints its hash, after the name and a colon if there is one.
pub(crate) fn run(user: Option<&str>) -> Result<()> {
    if let Some(user) = user
        && (user.is_empty()
            || user.starts_with('#')
            || user.trim() != user
            || user.chars().any(|it| it == ':' || it.is_control()))
    {
        bail!(
            "{user:?} is no name: it can't be empty, begin with #, have spaces around it, a colon or control characters"
        );
    }
    let password = if io::stdin().is_terminal() {
        let first =
            rpassword::prompt_password("Password: ").context("the terminal can't be read")?;
        let second =
            rpassword::prompt_password("Once more: ").context("the terminal can't be read")?;
        if first != second {
            bail!("the two are not the same");
        }
        first
    } else {
        let mut line = String::new();
        io::stdin().lock().read_line(&mut line).context("standard input can't be read")?;
        line.trim_end_matches(['\r', '\n']).to_owned()
    };
    if password.is_empty() {
        bail!("the password is empty");
    }
    if password.chars().any(char::is_control) {
        bail!("the password has control characters, such as a tab, which RFC 7617 doesn't allow");
    }
    let hash = Argon2::default().hash_password(password.as_bytes());
    let hash = hash.map_err(|err| anyhow::anyhow!("the password can't be hashed: {err}"))?;
    let mut out = io::stdout();
    match user {
        Some(user) => writeln!(out, "{user}:{hash}"),
        None => writeln!(out, "{hash}"),
    }
    .context("standard output can't be written")
}
