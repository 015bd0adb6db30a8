//! From flags to the chain that every request goes through.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result, bail};
use catzilla_server::ServerBuilder;
use catzilla_server::middleware::Chain;
use catzilla_server::middleware::builtin::{
    BasicAuth, BasicUsers, BasicUsersHandle, Cors, RateLimit, TrustedProxies,
};

use crate::args::Access;

/// Puts the middlewares that are asked for before all that the server answers.
pub(crate) fn apply(access: &Access, mut builder: ServerBuilder) -> Result<ServerBuilder> {
    let mut chain = Chain::builder();
    if !access.cors.is_empty() {
        let cors = match &access.cors[..] {
            [any] if any == "*" => Cors::builder().any_origin(),
            origins if origins.iter().any(|origin| origin == "*") => {
                bail!("--cors: \"*\" stands for all origins: leave the others out, or it")
            }
            origins => Cors::builder().origins(origins),
        };
        chain = chain.with(cors.build().context("--cors")?);
    }
    if let Some((requests, per)) = access.rate_limit {
        let proxies = TrustedProxies::new(&access.trusted_proxies).context("--trusted-proxies")?;
        let limit = RateLimit::builder(requests, per).proxies(proxies);
        chain = chain.with(limit.build().context("--rate-limit")?);
    }
    if let Some(users) = users(access)? {
        if let Some(file) = &access.auth_file {
            let exchanged = users.clone();
            builder = builder.follow(file, move |content| {
                exchanged.replace(parse(content)?);
                Ok(())
            });
        }
        let auth = BasicAuth::builder(users).build().context("--auth")?;
        chain = chain.with(auth);
    }
    Ok(builder.middleware(chain.build()?))
}

/// The users that are asked for their password, if any.
fn users(access: &Access) -> Result<Option<BasicUsersHandle>> {
    if let Some(file) = &access.auth_file {
        return Ok(Some(BasicUsersHandle::new(read(file)?)));
    }
    if access.auth.is_empty() {
        return Ok(None);
    }
    let advice = "--auth: one per flag, as `catzilla hash-password USER` prints it";
    let is_one =
        |user: &String| user.contains(':') && !user.starts_with('#') && !user.contains('\n');
    if !access.auth.iter().all(is_one) {
        bail!("{advice}");
    }
    let users = BasicUsers::parse(&access.auth.join("\n")).context(advice)?;
    Ok(Some(BasicUsersHandle::new(users)))
}

fn read(file: &Path) -> Result<BasicUsers> {
    let name = || format!("--auth-file {}", file.display());
    let content = fs::read(file).with_context(name)?;
    parse(&content).map_err(|err| anyhow::anyhow!(err)).with_context(name)
}

/// A list without users would lock everybody out, which is rather half a file.
fn parse(content: &[u8]) -> Result<BasicUsers, Box<dyn std::error::Error + Send + Sync>> {
    let users = BasicUsers::parse(std::str::from_utf8(content)?)?;
    if users.is_empty() {
        return Err("there are no users in it: add one with `htpasswd -B`".into());
    }
    Ok(users)
}
