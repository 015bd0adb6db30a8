//! Which of mounts, routes and the fallback answers.

use std::net::SocketAddr;

use catzilla_server::{ClientAddress, MountConfig, Params, RequestBody, Server, ServerBuilder};
use http::{Method, Request};

use super::handlers::{Text, show, text};
use crate::site::{Site, write};

const FILES: &[(&str, &[u8])] =
    &[("a.txt", b"file"), ("users/readme.txt", b"readme"), (".hidden", b"x"), ("sub/b.txt", b"b")];

fn routes(server: ServerBuilder) -> ServerBuilder {
    server
        .route(Method::GET, "/users/{id}", show)
        .route([Method::PUT, Method::DELETE], "/users/{id}", show)
        .route(Method::POST, "/users", show)
        .route(Method::GET, "/a.txt", show)
        .route(Method::GET, "/käse/{*rest}", show)
}

/// What answers: the status, with `Allow` or with the text of a success.
fn ask(site: &Site, method: &str, path: &str) -> String {
    let answer = site.ask(method, path, &[]);
    match answer.status {
        200 if method == "HEAD" => format!("200 {}", answer.field("content-length").unwrap()),
        200 => answer.text().to_owned(),
        204 | 405 => format!("{} {}", answer.status, answer.field("allow").unwrap()),
        status => status.to_string(),
    }
}

#[track_caller]
fn check(site: &Site, rows: &[(&str, &str, &str)]) {
    for (method, path, expected) in rows {
        assert_eq!(ask(site, method, path), *expected, "{method} {path}");
    }
}

#[test]
fn beside_a_mount_at_the_root() {
    let site = Site::with(FILES, routes, |mount| mount);
    check(
        &site,
        &[
            // What is there is static, whatever routes there are.
            ("GET", "/a.txt", "file"),
            ("GET", "/users/readme.txt", "readme"),
            ("GET", "/users", "301"),
            // What isn't goes on.
            ("GET", "/users/5?q=1", "GET /users/5?q=1 @localhost id=5"),
            ("GET", "/users/a%20b", "GET /users/a%20b @localhost id=a b"),
            ("HEAD", "/users/5", "200 29"),
            ("GET", "/k%C3%A4se/brie/mild", "GET /k%C3%A4se/brie/mild @localhost rest=brie/mild"),
            ("GET", "/.hidden", "404"),
            ("GET", "/missing", "404"),
            // Other methods are the application's where it knows the path.
            ("PUT", "/users/5", "PUT /users/5 @localhost id=5"),
            ("POST", "/users", "POST /users @localhost"),
            ("PATCH", "/users/5", "405 DELETE, GET, HEAD, OPTIONS, PUT"),
            ("OPTIONS", "/users/5", "204 DELETE, GET, HEAD, OPTIONS, PUT"),
            ("GET", "/users/5/", "404"),
            ("POST", "/sub/b.txt", "405 GET, HEAD, OPTIONS"),
            ("POST", "/a.txt", "405 GET, HEAD, OPTIONS"),
            ("OPTIONS", "/sub/b.txt", "204 GET, HEAD, OPTIONS"),
            ("OPTIONS", "*", "204 GET, HEAD, OPTIONS"),
            ("GET", "/users/../a.txt", "400"),
            ("GET", "/users/a%2fb", "400"),
        ],
    );
}

#[test]
fn a_fallback_answers_what_is_left() {
    let fallback = tower(|request| text(format!("fallback {}", request.uri())));
    let site = Site::with(FILES, |server| routes(server).fallback(fallback), |mount| mount);
    check(
        &site,
        &[
            ("GET", "/a.txt", "file"),
            ("GET", "/users/5", "GET /users/5 @localhost id=5"),
            ("PATCH", "/users/5", "405 DELETE, GET, HEAD, OPTIONS, PUT"),
            ("GET", "/missing?x", "fallback /missing?x"),
            ("GET", "/.hidden", "fallback /.hidden"),
            ("POST", "/sub/b.txt", "fallback /sub/b.txt"),
            ("OPTIONS", "/sub/b.txt", "fallback /sub/b.txt"),
        ],
    );
}

#[test]
fn without_a_mount_there_is_the_application() {
    let server = Server::builder().route(Method::GET, "/users/{id}", show);
    let site = Site::of(server);
    check(
        &site,
        &[
            ("GET", "/users/5", "GET /users/5 @localhost id=5"),
            ("GET", "/", "404"),
            ("POST", "/", "404"),
            ("POST", "/users/5", "405 GET, HEAD, OPTIONS"),
        ],
    );
}

#[test]
fn a_mount_keeps_what_is_beneath_it_unless_it_lets_go() {
    let dir = tempfile::tempdir().unwrap();
    write(&dir.path().join("x.css"), b"css");
    let mount = || MountConfig::new("/static", dir.path());
    let any = || tower(|_| text("fallback"));
    let site = Site::of(Server::builder().mount(mount()).fallback(any()));
    check(
        &site,
        &[
            ("GET", "/static/x.css", "css"),
            ("GET", "/static/missing", "404"),
            ("POST", "/static/x.css", "fallback"),
            ("GET", "/other", "fallback"),
        ],
    );
    let server = Server::builder().mount(mount().fallthrough(true)).fallback(any());
    let site = Site::of(server.route(Method::GET, "/static/{name}", show));
    check(
        &site,
        &[
            ("GET", "/static/x.css", "css"),
            ("GET", "/static/y", "GET /static/y @localhost name=y"),
            ("GET", "/static/deep/y", "fallback"),
            ("PUT", "/static/y", "405 GET, HEAD, OPTIONS"),
        ],
    );
    let root = MountConfig::new("/", dir.path()).fallthrough(false);
    let site = Site::of(Server::builder().mount(root).fallback(any()));
    check(&site, &[("GET", "/missing", "404"), ("POST", "/missing", "fallback")]);
    // Without a cache a file is missing in another place.
    let server = Server::builder().no_cache().mount(MountConfig::new("/", dir.path()));
    let site = Site::of(server.fallback(any()));
    check(&site, &[("GET", "/x.css", "css"), ("GET", "/missing", "fallback")]);
}

#[test]
fn a_route_goes_before_the_redirect_to_a_folder() {
    let dir = tempfile::tempdir().unwrap();
    write(&dir.path().join("api/index.html"), b"index");
    write(&dir.path().join("api/only/x"), b"x");
    let mount = |prefix: &str| MountConfig::new(prefix, dir.path());
    for has_cache in [true, false] {
        let server = Server::builder()
            .mount(mount("/"))
            .mount(mount("/app").fallthrough(true))
            .mount(mount("/posted").fallthrough(true))
            .mount(mount("/kept"))
            .route(Method::GET, "/api", show)
            .route(Method::GET, "/app", show)
            .route(Method::GET, "/app/{name}", show)
            .route(Method::POST, "/posted", show)
            .route(Method::GET, "/{any}", show)
            .fallback(tower(|_| text("fallback")));
        let site = Site::of(if has_cache { server } else { server.no_cache() });
        check(
            &site,
            &[
                ("GET", "/api", "GET /api @localhost"),
                ("HEAD", "/api", "200 20"),
                ("GET", "/api/", "index"),
                ("GET", "/app", "GET /app @localhost"),
                ("GET", "/app/", "fallback"),
                ("GET", "/app/api", "GET /app/api @localhost name=api"),
                // A fallback is no route, nor is one of another method.
                ("GET", "/api/only", "301"),
                ("GET", "/posted", "301"),
                // What falls nowhere is the mount's.
                ("GET", "/kept", "301"),
            ],
        );
    }
}

#[test]
fn the_host_that_counts_and_where_the_request_came_from() {
    let address = |request: Request<RequestBody>| async move {
        let ClientAddress(address) = *request.extensions().get().unwrap();
        text(address.to_string())
    };
    let server = Server::builder().route(Method::GET, "/", show);
    let site = Site::of(server.route(Method::GET, "/address", address));
    let mut client = site.connect();
    client.send("GET http://one.example/?q HTTP/1.1\r\nHost: two.example\r\n\r\n");
    assert_eq!(client.answer(false).text(), "GET /?q @one.example");
    client.send("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
    assert_eq!(client.answer(false).text(), "GET / @-");
    let told: SocketAddr = client.get("/address").text().parse().unwrap();
    assert!(told.ip().is_loopback() && told.port() != site.address().port());
    // What no URI has is no request for a handler.
    client.send("GET /?<script> HTTP/1.1\r\nHost: a\r\n\r\n");
    assert_eq!(client.answer(false).status, 400);
    client.expect_closed();
}

#[test]
fn parameters_are_parsed_on_demand() {
    let handler = |request: Request<RequestBody>| async move {
        match Params::of(&request).get::<u8>("id") {
            Ok(id) => text(format!("{}", u16::from(id) + 1)),
            Err(err) => text(err.to_string()),
        }
    };
    let site = Site::of(Server::builder().route(Method::GET, "/{id}", handler));
    check(
        &site,
        &[
            ("GET", "/255", "256"),
            (
                "GET",
                "/256",
                "path parameter \"id\": \"256\" is no u8: number too large to fit in target type",
            ),
        ],
    );
}

/// A service of a plain function.
fn tower<F: Fn(Request<RequestBody>) -> Text + Clone>(function: F) -> Function<F> {
    Function(function)
}

#[derive(Clone)]
struct Function<F>(F);

impl<F: Fn(Request<RequestBody>) -> Text> tower_service::Service<Request<RequestBody>>
    for Function<F>
{
    type Response = Text;
    type Error = std::convert::Infallible;
    type Future = std::future::Ready<Result<Text, Self::Error>>;

    fn poll_ready(
        &mut self,
        _: &mut std::task::Context<'_>,
    ) -> std::task::Poll<Result<(), Self::Error>> {
        std::task::Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<RequestBody>) -> Self::Future {
        std::future::ready(Ok((self.0)(request)))
    }
}
