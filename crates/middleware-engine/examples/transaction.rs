//! A transaction per request, over `SQLite`: `cargo run -p catzilla-middleware-engine --example transaction`, then
//! `curl -d 'buy milk' http://127.0.0.1:3000/notes` and `curl http://127.0.0.1:3000/notes`.
//!
//! The connection is owned by one thread, which serves one transaction after another. A request asks for one by its
//! container, waits for it in a job, and commits when its answer is a success. Whatever else happens (an error status, an
//! error, a panic, a client that hangs up) ends in the drop of the request's memory, and that rolls back.
//!
//! There is one connection, and a transaction is held from before the handler until after it: a client that brings its body
//! slowly holds up all others, for [`PATIENCE`] each. Where clients aren't trusted, let the handler read the body before
//! it asks for the transaction, or keep a pool of connections and one for those who only read.

use std::cell::Cell;
use std::error::Error;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc::{self, Receiver, Sender};
use std::thread;
use std::time::Duration;

use axum::http::StatusCode;
use axum::routing::get;
use axum::{Extension, Router};
use catzilla_middleware_engine::{
    Chain, ChainBuilder, Container, Context, Done, Error as EngineError, Flow, Middleware,
    MiddlewareLayer, Needs, Phases, Result as Flowing,
};
use rusqlite::{Connection, TransactionBehavior};
use tokio::net::TcpListener;
use tokio::sync::oneshot;

/// How long a request waits for those before it.
const PATIENCE: Duration = Duration::from_secs(5);

/// A connection that is owned by a thread of its own, which ends with the last clone.
#[derive(Debug, Clone)]
pub(crate) struct Database(Sender<Begin>);

/// Asks for a transaction.
struct Begin {
    orders: Receiver<Order>,
    begun: Sender<rusqlite::Result<()>>,
}

/// What is to be done in a transaction. It ends with anything but work, and when nobody can order any more.
enum Order {
    Work(Box<dyn FnOnce(&Connection) + Send>),
    Commit(Sender<rusqlite::Result<()>>),
    RollBack,
}

impl Database {
    pub(crate) fn new(mut connection: Connection) -> Self {
        let (begin, wanted) = mpsc::channel();
        thread::spawn(move || {
            for Begin { orders, begun } in wanted {
                // Who doesn't wait any more has gone away.
                match connection.transaction_with_behavior(TransactionBehavior::Immediate) {
                    Ok(transaction) => {
                        let _ = begun.send(Ok(()));
                        serve(transaction, &orders);
                    }
                    Err(error) => drop(begun.send(Err(error))),
                }
            }
        });
        Self(begin)
    }
}

/// Does what is ordered. Unless that is to commit, the drop of the transaction rolls back.
fn serve(transaction: rusqlite::Transaction<'_>, orders: &Receiver<Order>) {
    for order in orders {
        match order {
            Order::Work(work) => {
                let worked = catch_unwind(AssertUnwindSafe(|| work(&transaction)));
                if worked.is_err() {
                    return;
                }
            }
            Order::Commit(committed) => {
                let _ = committed.send(transaction.commit());
                return;
            }
            Order::RollBack => return,
        }
    }
}

/// The transaction of a request, in its memory. Dropped, it rolls back what isn't committed.
struct Transaction {
    orders: Sender<Order>,
    begun: Cell<Option<Receiver<rusqlite::Result<()>>>>,
}

impl Transaction {
    /// Asks for it, without waiting.
    fn new(database: &Database) -> Flowing<Self> {
        let ((orders, to_do), (tell, begun)) = (mpsc::channel(), mpsc::channel());
        let wish = Begin { orders: to_do, begun: tell };
        database.0.send(wish).map_err(|_| text("the database has gone"))?;
        Ok(Self { orders, begun: Cell::new(Some(begun)) })
    }
}

impl Drop for Transaction {
    /// An order to one that has ended goes nowhere.
    fn drop(&mut self) {
        let _ = self.orders.send(Order::RollBack);
    }
}

/// What a handler is given: it can work in the transaction of its request, and not end it.
#[derive(Debug, Clone)]
pub(crate) struct Statements(Sender<Order>);

impl Statements {
    /// Runs `work` where the connection is.
    ///
    /// # Errors
    /// Those of `work`, and when the transaction is over.
    pub(crate) async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Connection) -> rusqlite::Result<T> + Send + 'static,
    ) -> Result<T, Box<dyn Error + Send + Sync>> {
        let (tell, done) = oneshot::channel();
        let work = Box::new(move |connection: &Connection| drop(tell.send(work(connection))));
        self.0.send(Order::Work(work)).map_err(|_| "the transaction is over")?;
        Ok(done.await??)
    }
}

/// Begins before the handler, and ends after it. It stands behind all others in both phases: what they do, too, happens
/// before the commit.
struct InTransaction;

impl Middleware for InTransaction {
    fn name(&self) -> &'static str {
        "transaction"
    }

    fn priority(&self) -> i32 {
        90
    }

    fn phases(&self) -> Phases {
        Phases::BEFORE | Phases::AFTER
    }

    fn needs(&self) -> Needs {
        Needs::of::<Transaction>()
    }

    fn before(&self, cx: &mut Context<'_>) -> Flowing {
        let transaction = cx.service::<Transaction>()?;
        let Some(begun) = transaction.begun.take() else { return Ok(Flow::Next) };
        Ok(Flow::defer(move || {
            let begun = begun.recv_timeout(PATIENCE);
            move |cx: &mut Context<'_>| {
                begun??;
                let orders = cx.service::<Transaction>()?.orders.clone();
                cx.arena.provide(Statements(orders))?;
                Ok(Flow::Next)
            }
        }))
    }

    fn after(&self, cx: &mut Context<'_>) -> Flowing<Done> {
        // Where somebody has answered before it could begin, there is none.
        let Some(Statements(orders)) = cx.arena.get() else { return Ok(Done::Next) };
        if cx.response.status().is_none_or(|status| status >= 400) {
            orders.send(Order::RollBack).ok();
            return Ok(Done::Next);
        }
        let (tell, committed) = mpsc::channel();
        orders.send(Order::Commit(tell)).map_err(|_| text("the transaction is over"))?;
        Ok(Done::defer(move || {
            let committed = committed.recv();
            move |_: &mut Context<'_>| {
                committed??;
                Ok(Done::Next)
            }
        }))
    }
}

fn text(text: &str) -> EngineError {
    EngineError::new(text)
}

/// A chain with a transaction for each request.
pub(crate) fn chain(database: Database) -> Result<ChainBuilder, Box<dyn Error>> {
    let container = Container::builder()
        .singleton(Needs::nothing(), move |_| Ok(database.clone()))
        .request(Needs::of::<Database>(), |services| Transaction::new(services.get()?))
        .build()?;
    Ok(Chain::builder().container(container).with(InTransaction))
}

type Answer = Result<String, (StatusCode, String)>;

#[expect(clippy::needless_pass_by_value, reason = "it is for `map_err`")]
fn sorry(error: Box<dyn Error + Send + Sync>) -> (StatusCode, String) {
    (StatusCode::INTERNAL_SERVER_ERROR, format!("{error}\n"))
}

async fn list(Extension(statements): Extension<Statements>) -> Answer {
    let read = |connection: &Connection| {
        let mut select = connection.prepare("SELECT text FROM notes ORDER BY id")?;
        let notes = select.query_map((), |row| row.get::<_, String>(0))?;
        notes.map(|note| Ok(note? + "\n")).collect()
    };
    statements.run(read).await.map_err(sorry)
}

/// What it has written is gone again if the note is empty: an error status rolls back.
async fn add(Extension(statements): Extension<Statements>, note: String) -> Answer {
    let is_empty = note.trim().is_empty();
    let write = |it: &Connection| it.execute("INSERT INTO notes (text) VALUES (?1)", [note]);
    statements.run(write).await.map_err(sorry)?;
    if is_empty {
        return Err((StatusCode::UNPROCESSABLE_ENTITY, "a note has to say something\n".to_owned()));
    }
    Ok("noted\n".to_owned())
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let connection = Connection::open_in_memory()?;
    connection.execute_batch("CREATE TABLE notes (id INTEGER PRIMARY KEY, text TEXT NOT NULL)")?;
    let chain = chain(Database::new(connection))?.build()?;
    let layer = MiddlewareLayer::new(chain);
    let app = Router::new().route("/notes", get(list).post(add)).layer(layer);
    axum::serve(TcpListener::bind("127.0.0.1:3000").await?, app).await?;
    Ok(())
}
