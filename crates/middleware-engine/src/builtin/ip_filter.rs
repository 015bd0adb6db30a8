//! Who may come in, by address.

use std::borrow::Cow;
use std::sync::Arc;

use arc_swap::ArcSwap;

use super::networks::{Decisions, NetworkError, parse};
use super::trusted_proxies::TrustedProxies;
use crate::context::Context;
use crate::flow::{self, Flow};
use crate::middleware::Middleware;
use crate::phase::Phases;
use crate::response::Response;

/// Lets requests in, or refuses them, by the address of the client.
///
/// A request without an address is refused, whatever the rules are. The rules can be [replaced](IpRulesHandle::set) while
/// requests are answered.
///
/// ```
/// use catzilla_middleware_engine::Chain;
/// use catzilla_middleware_engine::builtin::{Access, IpFilter, IpRules};
///
/// let rules = [(Access::Deny, "10.0.0.66"), (Access::Allow, "10.0.0.0/8")];
/// let filter = IpFilter::new(IpRules::new(rules, Access::Deny)?);
/// let chain = Chain::builder().with(filter).build()?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct IpFilter {
    name: Cow<'static, str>,
    rules: IpRulesHandle,
    proxies: TrustedProxies,
    refusal: Response,
}

/// Whether an address may come in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Access {
    /// It may.
    Allow,
    /// It may not.
    Deny,
}

/// Rules in order: the first network that contains an address decides.
///
/// Looking an address up takes the logarithm of the number of rules: a list of ten thousand costs what one of ten costs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IpRules(Decisions);

/// Rules that can be replaced at any time. Its clones hold the same rules.
#[derive(Debug, Clone)]
pub struct IpRulesHandle(Arc<ArcSwap<IpRules>>);

impl IpRules {
    /// Rules for networks (`10.0.0.0/8`, `2001:db8::/32`, or single addresses), the first that contains an address first,
    /// and what is decided where none does.
    ///
    /// # Errors
    /// When one of them is no network, or has bits beyond its prefix.
    pub fn new<T: AsRef<str>>(
        rules: impl IntoIterator<Item = (Access, T)>,
        otherwise: Access,
    ) -> Result<Self, NetworkError> {
        let rules = rules
            .into_iter()
            .map(|(access, network)| Ok((parse(network.as_ref())?, access == Access::Allow)));
        let rules: Vec<_> = rules.collect::<Result<_, NetworkError>>()?;
        Ok(Self(Decisions::new(&rules, otherwise == Access::Allow)))
    }

    /// Lets nobody in but these.
    ///
    /// # Errors
    /// As [`new`](Self::new).
    pub fn allow_only<T: AsRef<str>>(
        networks: impl IntoIterator<Item = T>,
    ) -> Result<Self, NetworkError> {
        Self::new(networks.into_iter().map(|network| (Access::Allow, network)), Access::Deny)
    }

    /// Lets everybody in but these.
    ///
    /// # Errors
    /// As [`new`](Self::new).
    pub fn deny<T: AsRef<str>>(
        networks: impl IntoIterator<Item = T>,
    ) -> Result<Self, NetworkError> {
        Self::new(networks.into_iter().map(|network| (Access::Deny, network)), Access::Allow)
    }

    /// What is decided for an address.
    pub fn access(&self, address: std::net::IpAddr) -> Access {
        if self.0.of(address.to_canonical()) { Access::Allow } else { Access::Deny }
    }
}

impl From<IpRules> for IpRulesHandle {
    fn from(rules: IpRules) -> Self {
        Self(Arc::new(ArcSwap::from_pointee(rules)))
    }
}

impl IpRulesHandle {
    /// Replaces the rules. Each request is judged by the old ones or by the new ones.
    pub fn set(&self, rules: IpRules) {
        self.0.store(Arc::new(rules));
    }

    /// The rules that apply now.
    pub fn get(&self) -> Arc<IpRules> {
        self.0.load_full()
    }
}

impl IpFilter {
    /// A filter by these rules; by a clone of its handle they can be replaced later, and shared with other filters.
    pub fn new(rules: impl Into<IpRulesHandle>) -> Self {
        Self {
            name: "ip-filter".into(),
            rules: rules.into(),
            proxies: TrustedProxies::default(),
            refusal: Response::new(403),
        }
    }

    /// Its name. Default: `ip-filter`.
    pub fn named(mut self, name: impl Into<Cow<'static, str>>) -> Self {
        self.name = name.into();
        self
    }

    /// The proxies whose word about their clients is taken. Default: none, so that it judges the peer of the connection.
    pub fn proxies(mut self, proxies: TrustedProxies) -> Self {
        self.proxies = proxies;
        self
    }

    /// Whether who is refused is told that there is nothing: 404 in the place of 403. Default: no.
    pub fn pretend_not_found(mut self, pretend: bool) -> Self {
        self.refusal = Response::new(if pretend { 404 } else { 403 });
        self
    }

    /// The rules, to be replaced while it is in use.
    pub fn rules(&self) -> &IpRulesHandle {
        &self.rules
    }
}

impl Middleware for IpFilter {
    fn name(&self) -> &str {
        &self.name
    }

    fn priority(&self) -> i32 {
        15
    }

    fn phases(&self) -> Phases {
        Phases::BEFORE
    }

    fn before(&self, cx: &mut Context<'_>) -> flow::Result<Flow> {
        let client = self.proxies.client(cx.request);
        let rules = self.rules.0.load();
        Ok(match client.map(|client| rules.access(client)) {
            Some(Access::Allow) => Flow::Next,
            Some(Access::Deny) | None => Flow::Stop(self.refusal.clone()),
        })
    }
}
