//! The application: routes with handlers, a service for what is left, and the runtime on which both run.
//! How requests reach it, and how its answers travel, is the business of a connection (`worker/connection/`); what is
//! exchanged with it are the types of the `http` crate and two pipes, whatever the version of HTTP.

mod body;
mod handler;
mod methods;
mod params;
mod pattern;
mod pipe;
mod reply;
pub(crate) mod request;
pub(crate) mod response;
mod routes;
mod runtime;
mod upgrade;

pub use body::{BodyError, RequestBody};
pub use methods::Methods;
pub use params::{ParamError, Params};
pub use request::ClientAddress;
pub use routes::RouteError;
pub use upgrade::{OnUpgrade, UpgradeError, Upgraded};

pub(crate) use handler::{BoxError, Fallback, Handler};
pub(crate) use pipe::Writer;
pub(crate) use reply::{Answer, AnswerBody, NoAnswer};
pub(crate) use routes::{Answerer, Call, Route, Routed, Routes};
pub(crate) use runtime::Application;
pub(crate) use upgrade::{Held, Offer, UpgradeFault};
