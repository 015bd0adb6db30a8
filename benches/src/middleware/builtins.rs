//! The built-in middlewares, set up as a site would have them.

use std::io;
use std::time::Duration;

use catzilla_middleware_engine::builtin::{
    BasicAuth, BasicUsers, BasicUsersHandle, Cors, IpFilter, IpRules, Jwt, JwtAlgorithm, JwtKey,
    JwtKeySet, LogFormat, MethodFilter, RateLimit, RequestId, RequestLog, SecurityHeaders,
    ServerTiming,
};
use catzilla_middleware_engine::{Chain, ChainBuilder};
use jsonwebtoken::{EncodingKey, Header};

/// What the request brings: aladdin, opensesame.
pub(super) const AUTHORIZATION: &str = "Basic YWxhZGRpbjpvcGVuc2VzYW1l";

/// By which tokens are signed: as many bytes as a hash has.
const SECRET: &[u8] = b"0123456789abcdef0123456789abcdef";

/// Adds a middleware to a chain.
pub type Add = fn(ChainBuilder) -> ChainBuilder;

/// Name and set-up of each.
pub const BUILTINS: &[(&str, Add)] = &[
    ("server-timing", |chain| chain.with(ServerTiming::new())),
    ("request-id", |chain| chain.with(RequestId::new())),
    ("request-log", |chain| chain.with(RequestLog::builder().start(io::sink()).expect("a thread"))),
    ("ip-filter", |chain| {
        let networks = ["203.0.113.0/24", "198.51.100.0/24", "2001:db8::/32"];
        chain.with(IpFilter::new(IpRules::deny(networks).expect("networks")))
    }),
    ("method-filter", |chain| {
        chain.with(MethodFilter::allow(["GET", "HEAD", "POST", "OPTIONS"]).expect("methods"))
    }),
    ("cors", |chain| chain.with(cors())),
    ("rate-limit", |chain| {
        let limit = RateLimit::builder(1_000_000, Duration::from_secs(1));
        chain.with(limit.build().expect("a limit"))
    }),
    ("security-headers", |chain| chain.with(security_headers())),
    ("basic-auth", |chain| {
        // The cheapest hash there is: what is measured is that it isn't asked again.
        let hash = bcrypt::hash("opensesame", 4).expect("a hash");
        let users = BasicUsers::parse(&format!("aladdin:{hash}")).expect("a user");
        let users = BasicUsersHandle::new(users);
        chain.with(BasicAuth::builder(users).build().expect("a realm"))
    }),
    ("request-log-json", |chain| {
        let log = RequestLog::builder().format(LogFormat::Json);
        chain.with(log.start(io::sink()).expect("a thread"))
    }),
];

/// The judge of tokens, and a token that it lets in: what the request brings then.
///
/// # Panics
/// Never.
pub fn jwt() -> (ChainBuilder, String) {
    let key = JwtKey::secret(JwtAlgorithm::Hs256, SECRET).expect("a key");
    let jwt = Jwt::builder(JwtKeySet::new([key]).expect("a set"));
    let jwt = jwt.issuer("https://login.example.org").audience("api").build().expect("rules");
    let claims = serde_json::json!({
        "iss": "https://login.example.org", "aud": "api", "sub": "0123456789abcdef",
        "iat": 1_799_999_000, "exp": 1_900_000_000, "scope": "read write",
    });
    let key = EncodingKey::from_secret(SECRET).expect("a key");
    let token = jsonwebtoken::encode(&Header::default(), &claims, &key).expect("a token");
    (Chain::builder().with(jwt), format!("Bearer {token}"))
}

fn cors() -> Cors {
    let cors = Cors::builder().origins(["https://app.example.org", "https://www.example.org"]);
    cors.credentials(true).build().expect("origins")
}

fn security_headers() -> SecurityHeaders {
    SecurityHeaders::builder().build().expect("defaults")
}

/// Eight of them in one chain: all but basic authentication, and one log.
pub fn eight() -> ChainBuilder {
    BUILTINS[..8].iter().fold(Chain::builder(), |chain, (_, add)| add(chain))
}

/// Those that have their equal among the layers of tower-http, for the same work: CORS, identifiers, and fields that
/// protect.
pub fn equal() -> ChainBuilder {
    Chain::builder().with(RequestId::new()).with(cors()).with(security_headers())
}
