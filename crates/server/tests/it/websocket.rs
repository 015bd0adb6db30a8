//! The example with a WebSocket, as it stands in `examples/`, asked by another's client.

#[path = "../../examples/websocket.rs"]
#[expect(dead_code, reason = "its `main` isn't run")]
mod example;

use std::net::TcpStream;

use tokio_tungstenite::tungstenite::{Message, client};

use crate::site::{Site, write};

#[test]
fn a_websocket_says_everything_back() {
    let dir = tempfile::tempdir().unwrap();
    write(&dir.path().join("a.txt"), b"file");
    let site = Site::of(example::server(dir.path()));
    let stream = TcpStream::connect(site.address()).unwrap();
    let (mut socket, answer) = client(format!("ws://{}/echo", site.address()), stream).unwrap();
    assert_eq!(answer.status().as_u16(), 101);
    for message in [
        Message::text("hello"),
        Message::text("x".repeat(70_000)),
        Message::binary((0..=255).collect::<Vec<u8>>()),
    ] {
        socket.send(message.clone()).unwrap();
        assert!(socket.read().unwrap() == message);
    }
    // Statics go on beside it, and who speaks HTTP there is told what it is.
    assert_eq!(site.get("/a.txt").text(), "file");
    let answer = site.get("/echo");
    assert_eq!((answer.status, answer.field("upgrade")), (426, Some("websocket")));
    socket.close(None).unwrap();
    assert!(socket.read().unwrap().is_close());
    assert_eq!(site.handle.stats().upgraded, 1);
}
