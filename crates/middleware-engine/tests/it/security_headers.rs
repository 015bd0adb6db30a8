//! Fields by which a browser protects a site.

use std::time::Duration;

use catzilla_middleware_engine::builtin::{
    EmbedderPolicy, FrameOptions, Hsts, OpenerPolicy, ReferrerPolicy, ResourcePolicy,
    SecurityHeaders, SecurityHeadersBuilder,
};
use catzilla_middleware_engine::{Chain, Flow, Response, before};
use http::Request;
use http::request::Builder;

use crate::allocation;
use crate::drive::{Answer, Host};

const CSP: &str =
    "content-security-policy: base-uri 'self'; frame-ancestors 'self'; object-src 'none'\n";
const WORDS: &str = "x-content-type-options: nosniff\nx-frame-options: SAMEORIGIN\n\
                     referrer-policy: strict-origin-when-cross-origin\n\
                     cross-origin-opener-policy: same-origin\n\
                     cross-origin-resource-policy: same-origin\n";
const HSTS: &str = "strict-transport-security: max-age=15552000\n";

fn usual() -> SecurityHeadersBuilder {
    SecurityHeaders::builder()
}

/// With all switched off.
fn nothing() -> SecurityHeadersBuilder {
    usual()
        .hsts(None)
        .no_sniff(false)
        .frame_options(None)
        .referrer_policy(None)
        .opener_policy(None)
        .embedder_policy(None)
        .resource_policy(None)
        .content_security_policy(None)
}

fn secure() -> Builder {
    Request::get("https://example.com/")
}

fn handler_sets(headers: SecurityHeadersBuilder, fields: &[(&str, &str)]) -> String {
    let fields: Vec<_> = fields.iter().map(|(n, v)| ((*n).to_owned(), (*v).to_owned())).collect();
    let sets = before("handler", move |cx| {
        for (name, value) in &fields {
            cx.response.append(name, value)?;
        }
        Ok(Flow::Next)
    });
    let chain = Chain::builder().with(headers.build().unwrap()).with(sets).build().unwrap();
    let mut host = Host::new(chain);
    host.handler = |_| Answer::new(200, &[], "");
    host.drive(secure()).fields
}

#[track_caller]
fn check(headers: SecurityHeadersBuilder, request: Builder, fields: &str) {
    let mut host = Host::new(Chain::builder().with(headers.build().unwrap()).build().unwrap());
    host.handler = |_| Answer::new(200, &[], "");
    assert_eq!(host.drive(request).fields, fields);
}

#[track_caller]
fn refused(headers: SecurityHeadersBuilder, option: &str, text: &str) {
    let error = headers.build().unwrap_err();
    assert_eq!(error.option(), option);
    assert!(error.to_string().contains(text), "{error}");
}

#[test]
fn what_most_sites_want() {
    check(usual(), Request::get("/"), &format!("{CSP}{WORDS}"));
    check(usual(), secure(), &format!("{CSP}{WORDS}{HSTS}"));
    check(usual().behind_tls(true), Request::get("/"), &format!("{CSP}{WORDS}{HSTS}"));
}

#[test]
fn each_can_be_switched() {
    check(nothing().no_sniff(true), secure(), "x-content-type-options: nosniff\n");
    check(nothing().frame_options(FrameOptions::Deny), secure(), "x-frame-options: DENY\n");
    let policy = ReferrerPolicy::NoReferrer;
    check(nothing().referrer_policy(policy), secure(), "referrer-policy: no-referrer\n");
    let policy = OpenerPolicy::SameOriginAllowPopups;
    let line = "cross-origin-opener-policy: same-origin-allow-popups\n";
    check(nothing().opener_policy(policy), secure(), line);
    let policy = EmbedderPolicy::RequireCorp;
    check(
        nothing().embedder_policy(policy),
        secure(),
        "cross-origin-embedder-policy: require-corp\n",
    );
    let policy = ResourcePolicy::CrossOrigin;
    check(
        nothing().resource_policy(policy),
        secure(),
        "cross-origin-resource-policy: cross-origin\n",
    );
    let policy = "camera=(), geolocation=(self \"https://a.example\"), fullscreen=*".to_owned();
    let line = format!("permissions-policy: {policy}\n");
    check(nothing().permissions_policy(policy), secure(), &line);
    let policy = "default-src 'self'; img-src https:;".to_owned();
    let line = "content-security-policy: default-src 'self'; img-src https:\n";
    check(nothing().content_security_policy(policy.clone()), secure(), line);
    let line = "content-security-policy-report-only: default-src 'self'; img-src https:\n";
    check(nothing().content_security_policy_report_only(policy), secure(), line);
    let year = Duration::from_hours(365 * 24);
    let hsts = Hsts { max_age: year, include_subdomains: true, preload: true };
    let line = "strict-transport-security: max-age=31536000; includeSubDomains; preload\n";
    check(nothing().hsts(hsts), secure(), line);
    check(nothing().hsts(hsts), Request::get("/"), "");
}

#[test]
fn what_the_handler_sets_stays_unless_told_otherwise() {
    let own = [("X-Frame-Options", "DENY"), ("Strict-Transport-Security", "max-age=1")];
    let headers =
        || usual().content_security_policy(None).opener_policy(None).resource_policy(None);
    let kept = handler_sets(headers(), &own);
    let expected = "x-frame-options: DENY\nstrict-transport-security: max-age=1\n\
                    x-content-type-options: nosniff\n\
                    referrer-policy: strict-origin-when-cross-origin\n";
    assert_eq!(kept, expected);
    let replaced = handler_sets(headers().override_handler(true), &own);
    let expected = "x-content-type-options: nosniff\nx-frame-options: SAMEORIGIN\n\
                    referrer-policy: strict-origin-when-cross-origin\n\
                    strict-transport-security: max-age=15552000\n";
    assert_eq!(replaced, expected);
}

#[test]
fn errors_have_them_too() {
    let stop = before("stop", |_| Ok(Flow::Stop(Response::new(401))));
    let fails = before("fails", |_| Err(catzilla_middleware_engine::Error::new("oh")));
    for (middleware, status) in
        [(Chain::builder().with(stop), 401), (Chain::builder().with(fails), 500)]
    {
        let chain = middleware.with(usual().build().unwrap()).build().unwrap();
        let driven = Host::new(chain).drive(Request::get("/"));
        assert_eq!((driven.status, driven.fields), (status, format!("{CSP}{WORDS}")));
    }
}

#[test]
fn what_can_not_be_asked_for() {
    refused(nothing(), "build", "leave this middleware out");
    let preload = |max_age, include_subdomains| {
        usual().hsts(Hsts {
            max_age: Duration::from_secs(max_age),
            include_subdomains,
            preload: true,
        })
    };
    refused(preload(31_536_000, false), "hsts", "include_subdomains");
    refused(preload(31_535_999, true), "hsts", "31536000");
    for (policy, advice) in [
        ("", "is empty"),
        ("default-src 'self';; img-src *", "is empty"),
        ("default-src self", "'self'"),
        ("script-src 'self' unsafe-inline", "'unsafe-inline'"),
        ("default_src *", "no name of a directive"),
        ("default-src *\r\nx: y", "one line"),
        ("default-src \u{e4}", "one line"),
    ] {
        let option = "content_security_policy";
        refused(usual().content_security_policy(policy.to_owned()), option, advice);
        let option = "content_security_policy_report_only";
        refused(usual().content_security_policy_report_only(policy.to_owned()), option, advice);
    }
    for policy in ["", "camera 'none'", "camera", "Camera=()", "camera=(),", "a=()\nb=()", "=()"] {
        refused(usual().permissions_policy(policy.to_owned()), "permissions_policy", "camera=()");
    }
}

#[test]
fn nothing_is_allocated() {
    allocation::check(usual().build().unwrap(), secure());
    allocation::check(usual().build().unwrap(), Request::get("/"));
}
