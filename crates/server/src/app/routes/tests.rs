use http::{Request, Response};
use http_body_util::Empty;

use super::*;
use crate::app::body::RequestBody;
use crate::app::handler::Handler;

fn answerer() -> Answerer {
    let answer = |_: Request<RequestBody>| async { Response::new(Empty::new()) };
    Answerer::new(Handler::new(answer), None)
}

fn build(routes: &[(&str, &[Method])], fallback: bool) -> Result<Routes, RouteError> {
    let routes = routes.iter().map(|(pattern, methods)| Route {
        methods: Methods::from(*methods),
        pattern: (*pattern).to_owned(),
        answerer: answerer(),
    });
    Routes::build(routes.collect(), fallback.then(answerer))
}

/// What the table says: the parameters, `allow …`, `fallback` or `nothing`.
fn find(routes: &Routes, method: &str, path: &str) -> String {
    let path = RequestPath::parse(path.as_bytes()).expect("a good path");
    match routes.find(&path, method.as_bytes()) {
        Routed::To(Call { params: Some(params), .. }) => {
            let pairs: Vec<_> =
                params.iter().map(|(name, value)| format!("{name}={value}")).collect();
            pairs.join(" ")
        }
        Routed::To(_) => "fallback".to_owned(),
        Routed::Method(allow) => format!("allow {allow}"),
        Routed::Nothing => "nothing".to_owned(),
    }
}

#[test]
fn paths_and_methods() {
    let given: &[(&str, &[Method])] = &[
        ("/", &[Method::GET]),
        ("/users/{id}", &[Method::GET, Method::PUT]),
        ("/users/{id}", &[Method::DELETE]),
        ("/users/new", &[Method::POST]),
        ("/käse", &[Method::HEAD, Method::OPTIONS]),
        ("/files/{*rest}", &[Method::GET]),
        ("/folder/", &[Method::GET]),
        ("/{name}.json", &[Method::GET]),
    ];
    let routes = build(given, false).unwrap();
    let with_fallback = build(given, true).unwrap();
    for (method, path, expected) in [
        ("GET", "/", ""),
        ("GET", "/users/5", "id=5"),
        ("HEAD", "/users/5", "id=5"),
        ("PUT", "/users/a%20b", "id=a b"),
        ("PUT", "//users/./5", "id=5"),
        ("PATCH", "/users/5", "allow DELETE, GET, HEAD, OPTIONS, PUT"),
        ("get", "/users/5", "allow DELETE, GET, HEAD, OPTIONS, PUT"),
        ("GET", "/users/new", "allow OPTIONS, POST"),
        ("POST", "/users/new", ""),
        ("GET", "/users/5/", "nothing"),
        ("GET", "/users", "nothing"),
        ("HEAD", "/k%C3%A4se", ""),
        ("GET", "/k%C3%A4se", "allow HEAD, OPTIONS"),
        ("GET", "/files/a/b%2ec", "rest=a/b.c"),
        ("GET", "/files/a/", "rest=a/"),
        ("GET", "/files/", "nothing"),
        ("GET", "/folder/", ""),
        ("GET", "/folder", "nothing"),
        ("GET", "/a.json", "name=a"),
    ] {
        assert_eq!(find(&routes, method, path), expected, "{method} {path}");
        // A path that is known is nobody else's.
        let expected = if expected == "nothing" { "fallback" } else { expected };
        assert_eq!(find(&with_fallback, method, path), expected, "{method} {path}");
    }
}

#[test]
fn what_can_not_be_a_route_is_refused_with_a_reason() {
    let get: &[Method] = &[Method::GET];
    for (given, expected) in [
        (vec![("users", get)], "route \"users\": it must begin with a slash"),
        (vec![("", get)], "route \"\": it must begin with a slash"),
        (vec![("/a//b", get)], "paths are folded, here to \"/a/b\""),
        (vec![("/a/./b", get)], "paths are folded, here to \"/a/b\""),
        (vec![("/a/../b", get)], "route \"/a/../b\": no request can have such a path: "),
        (vec![("/a\\b", get)], "no request can have such a path: "),
        (vec![("/{a", get)], "a parameter is written {name}"),
        (vec![("/{}", get)], "a parameter is written {name}"),
        (vec![("/{*a}/b", get)], "the rest of a path {*name}"),
        (vec![("/{a}-{b}", get)], "a parameter is written {name}"),
        (
            vec![("/{a}", get), ("/{b}", get)],
            "route \"/{b}\": the same paths are those of route \"/{a}\"",
        ),
        (
            vec![("/a", get), ("/a", &[Method::POST, Method::GET])],
            "GET has a handler there already",
        ),
        (vec![("/a", &[])], "it answers no method"),
        (vec![("/a", &[Method::CONNECT])], "CONNECT names a host"),
    ] {
        let err = build(&given, false).expect_err(expected).to_string();
        assert!(err.contains(expected), "{given:?}: {err}");
    }
}

#[test]
fn a_pattern_is_beneath_a_prefix_if_all_its_paths_are() {
    for (pattern, prefix, expected) in [
        ("/static", "/static", true),
        ("/static/", "/static", true),
        ("/static/{*rest}", "/static", true),
        ("/statics", "/static", false),
        ("/static", "/static/deep", false),
        ("/{any}/x", "/static", false),
        ("/{*rest}", "/static", false),
        ("/{*rest}", "/", true),
        ("/", "/", true),
        ("/a{{b}}/c", "/a%7Bb%7D", true),
        ("/k%C3%A4se", "/k%C3%A4se", false),
        ("/käse/x", "/k%C3%A4se", true),
    ] {
        let prefix_path = RequestPath::parse(prefix.as_bytes()).unwrap();
        assert_eq!(pattern::is_beneath(pattern, &prefix_path), expected, "{pattern} {prefix}");
    }
}
