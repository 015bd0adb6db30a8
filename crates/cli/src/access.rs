//! From flags to the chain that every request goes through.

use std::error::Error;

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
    if let Some(file) = &access.auth_file {
        // It is read when the server is built.
        let users = BasicUsersHandle::new(BasicUsers::default());
        chain = chain.with(BasicAuth::builder(users.clone()).build().context("--auth-file")?);
        builder = builder.follow(file, move |content| {
            users.set(listed(content)?);
            Ok(())
        });
    } else if !access.auth.is_empty() {
        let users = BasicUsersHandle::new(users(&access.auth)?);
        chain = chain.with(BasicAuth::builder(users).build().context("--auth")?);
    }
    Ok(builder.middleware(chain.build()?))
}

/// The users of `--auth`.
fn users(users: &[String]) -> Result<BasicUsers> {
    let advice = "--auth: one per flag, as `catzilla hash-password USER` prints it";
    for user in users {
        if BasicUsers::parse(user).context(advice)?.len() != 1 {
            bail!("{advice}");
        }
    }
    BasicUsers::parse(&users.join("\n")).context(advice)
}

/// The users of a file. A list without any would lock everybody out, which is rather half a file.
fn listed(content: &[u8]) -> Result<BasicUsers, Box<dyn Error + Send + Sync>> {
    let users = BasicUsers::parse(std::str::from_utf8(content)?)?;
    if users.is_empty() {
        return Err("there are no users in it: add one with `htpasswd -B`".into());
    }
    Ok(users)
}
