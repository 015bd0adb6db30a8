//! The example with a transaction per request, over a real database: what is committed, and what isn't.

use std::future::{pending, poll_fn};
use std::pin::{Pin, pin};
use std::sync::{Arc, Mutex};
use std::task::Poll;

use axum::body::Body;
use axum::http::StatusCode;
use axum::routing::get;
use axum::{Extension, Router};
use catzilla_middleware_engine::{
    ChainBuilder, Done, Error, Flow, MiddlewareLayer, Response, after, before,
};
use http::Request;
use rusqlite::Connection;
use tokio::sync::Notify;
use tower::ServiceExt as _;

#[path = "../../examples/transaction.rs"]
#[expect(dead_code, reason = "its handlers and `main` aren't run")]
mod example;

use example::{Database, Statements, chain};

/// A site whose every route writes a note into its transaction.
struct Notes {
    database: Database,
    app: Router,
    told: Arc<Mutex<Vec<String>>>,
}

/// Notes have an author, which is looked for when they are committed.
const TABLES: &str = "
    PRAGMA foreign_keys = ON;
    CREATE TABLE authors (id INTEGER PRIMARY KEY);
    INSERT INTO authors VALUES (1);
    CREATE TABLE notes (
        author INTEGER REFERENCES authors (id) DEFERRABLE INITIALLY DEFERRED
    )";

impl Notes {
    fn new(more: impl FnOnce(ChainBuilder) -> ChainBuilder) -> Self {
        let connection = Connection::open_in_memory().unwrap();
        connection.execute_batch(TABLES).unwrap();
        let database = Database::new(connection);
        let chain = more(chain(database.clone()).unwrap()).build().unwrap();
        let told = Arc::<Mutex<Vec<String>>>::default();
        let tell = Arc::clone(&told);
        let layer = MiddlewareLayer::builder(chain)
            .on_failure(move |error| tell.lock().unwrap().push(error.to_string()))
            .build();
        let app = Router::new()
            .route("/ok", get(async |it| write(it, 1).await))
            .route("/orphan", get(async |it| write(it, 2).await))
            .route("/refused", get(refused))
            .route("/panics", get(panics))
            .route("/forever", get(forever))
            .layer(layer);
        Self { database, app, told }
    }

    async fn get(&self, path: &str) -> u16 {
        let request = Request::get(path).body(Body::empty()).unwrap();
        let Ok(response) = self.app.clone().oneshot(request).await;
        response.status().as_u16()
    }

    /// How many notes there are, by a transaction of its own: that it begins shows, too, that the last one has ended.
    async fn count(&self) -> i64 {
        let counted = Arc::new(Mutex::new(None));
        let put = Arc::clone(&counted);
        let count = async move |Extension(statements): Extension<Statements>| {
            let sql = "SELECT count(*) FROM notes";
            let read = |it: &Connection| it.query_row(sql, (), |row| row.get::<_, i64>(0));
            *put.lock().unwrap() = Some(statements.run(read).await.unwrap());
        };
        let chain = chain(self.database.clone()).unwrap().build().unwrap();
        let app = Router::new().route("/", get(count)).layer(MiddlewareLayer::new(chain));
        let Ok(response) = app.oneshot(Request::get("/").body(Body::empty()).unwrap()).await;
        assert_eq!(response.status(), 200);
        counted.lock().unwrap().expect("it was counted")
    }
}

async fn write(Extension(statements): Extension<Statements>, author: i64) {
    let insert = move |it: &Connection| it.execute("INSERT INTO notes VALUES (?1)", [author]);
    statements.run(insert).await.unwrap();
}

async fn refused(statements: Extension<Statements>) -> StatusCode {
    write(statements, 1).await;
    StatusCode::CONFLICT
}

async fn panics(statements: Extension<Statements>) {
    write(statements, 1).await;
    panic!("after it has written");
}

async fn forever(statements: Extension<Statements>, Extension(written): Extension<Arc<Notify>>) {
    write(statements, 1).await;
    written.notify_one();
    pending::<()>().await;
}

#[track_caller]
fn check(notes: (u16, i64), expected: (u16, i64)) {
    assert_eq!(notes, expected, "status, and how many notes there are");
}

#[tokio::test]
async fn success_is_committed_and_nothing_else() {
    let notes = Notes::new(|chain| chain);
    for (path, status, count) in [
        ("/ok", 200, 1),
        ("/refused", 409, 1),
        ("/panics", 500, 1),
        ("/orphan", 500, 1),
        ("/ok", 200, 2),
        ("/nowhere", 404, 2),
    ] {
        check((notes.get(path).await, notes.count().await), (status, count));
    }
    let told = notes.told.lock().unwrap();
    let [panicked, not_committed] = &told[..] else { panic!("{told:?}") };
    assert_eq!(panicked, "the handler: it panicked: after it has written");
    assert!(not_committed.contains("FOREIGN KEY constraint failed"), "{not_committed}");
}

#[tokio::test]
async fn what_a_middleware_spoils_is_rolled_back() {
    let spoils = after("spoils", |cx| match cx.response.status() {
        Some(200) => Err(Error::new("as it was told to")),
        _ => Ok(Done::Next),
    });
    let notes = Notes::new(|chain| chain.with(spoils));
    check((notes.get("/ok").await, notes.count().await), (500, 0));
    let marks = after("marks", |cx| {
        cx.response.set_status(503);
        Ok(Done::Next)
    });
    let notes = Notes::new(|chain| chain.with(marks));
    check((notes.get("/ok").await, notes.count().await), (503, 0));
}

#[tokio::test]
async fn who_is_answered_before_has_no_transaction() {
    let answers = before("answers", |_| Ok(Flow::Stop(Response::new(200))));
    let notes = Notes::new(|chain| chain.with(answers));
    check((notes.get("/ok").await, notes.count().await), (200, 0));
    // One that answers behind it is answered in it.
    let late = before("late", |_| Ok(Flow::Stop(Response::new(403))));
    let notes = Notes::new(|chain| chain.with_priority(100, late));
    check((notes.get("/ok").await, notes.count().await), (403, 0));
}

/// A request that has written, and goes on for ever.
async fn begin_for_ever(notes: &Notes) -> Pin<Box<impl Future + use<>>> {
    let written = Arc::new(Notify::new());
    let request = Request::get("/forever").extension(Arc::clone(&written));
    let mut answer = Box::pin(notes.app.clone().oneshot(request.body(Body::empty()).unwrap()));
    let mut has_written = pin!(written.notified());
    poll_fn(|cx| {
        assert!(answer.as_mut().poll(cx).is_pending());
        has_written.as_mut().poll(cx)
    })
    .await;
    answer
}

#[tokio::test]
async fn who_hangs_up_is_rolled_back() {
    let notes = Notes::new(|chain| chain);
    drop(begin_for_ever(&notes).await);
    check((0, notes.count().await), (0, 0));
}

#[tokio::test]
async fn who_hangs_up_before_it_has_begun_keeps_nobody_waiting() {
    let notes = Notes::new(|chain| chain);
    let first = begin_for_ever(&notes).await;
    {
        let mut waits = pin!(notes.get("/ok"));
        let is_waiting = poll_fn(|cx| Poll::Ready(waits.as_mut().poll(cx).is_pending()));
        assert!(is_waiting.await);
    }
    drop(first);
    check((notes.get("/ok").await, notes.count().await), (200, 1));
}

#[tokio::test]
async fn transactions_of_many_requests_follow_each_other() {
    let notes = Notes::new(|chain| chain);
    let (one, two, three) = tokio::join!(notes.get("/ok"), notes.get("/refused"), notes.get("/ok"));
    assert_eq!((one, two, three), (200, 409, 200));
    assert_eq!(notes.count().await, 2);
}
