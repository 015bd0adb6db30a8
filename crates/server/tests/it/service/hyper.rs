//! A service behind hyper's HTTP/1.1, on a runtime of several threads.

use std::net::SocketAddr;

use catzilla_server::StaticService;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::net::TcpListener;
use tokio::runtime::Runtime;

use crate::client::Client;

/// It serves until it is dropped.
pub(super) struct Hyper {
    address: SocketAddr,
    _runtime: Runtime,
}

pub(super) fn runtime() -> Runtime {
    tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap()
}

impl Hyper {
    pub(super) fn of(service: &StaticService) -> Self {
        let service = service.clone();
        let runtime = runtime();
        let listener = runtime.block_on(TcpListener::bind("127.0.0.1:0")).unwrap();
        let address = listener.local_addr().unwrap();
        runtime.spawn(async move {
            loop {
                let (stream, _) = listener.accept().await.unwrap();
                let service = service.clone();
                let serve = service_fn(move |request| service.serve(request));
                let connection =
                    http1::Builder::new().serve_connection(TokioIo::new(stream), serve);
                // What goes wrong on a connection is its client's to tell.
                tokio::spawn(async { connection.await.ok() });
            }
        });
        Self { address, _runtime: runtime }
    }

    pub(super) fn connect(&self) -> Client {
        Client::connect(self.address)
    }
}
