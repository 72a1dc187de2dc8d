//! Connections that send a byte a minute.

use std::time::{Duration, Instant};

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

use crate::support::TestApp;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_head_that_does_not_end_is_not_waited_for() {
    let app = TestApp::demo_with(|config| config.server.head_timeout_s = 1).await;
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
    let server = tokio::runtime::Handle::current().spawn(app.app.serve(listener, async { drop(stopped.await) }));

    // whole requests are answered, two on one connection
    let mut good = TcpStream::connect(address).await.unwrap();
    for _ in 0..2 {
        good.write_all(b"GET /health/live HTTP/1.1\r\nhost: x\r\n\r\n").await.unwrap();
        let mut head = [0; 12];
        good.read_exact(&mut head).await.unwrap();
        assert_eq!(&head, b"HTTP/1.1 204");
        let mut rest = vec![0; 4096];
        assert!(good.read(&mut rest).await.unwrap() > 0);
    }

    // a head that dribbles in is cut off
    let mut slow = TcpStream::connect(address).await.unwrap();
    let begun = Instant::now();
    slow.write_all(b"GET /health/live HTTP/1.1\r\nhost: x\r\n").await.unwrap();
    let mut ended = false;
    for _ in 0..80 {
        let mut byte = [0; 1];
        let answer = tokio::time::timeout(Duration::from_millis(100), slow.read(&mut byte)).await;
        ended = matches!(answer, Ok(Ok(0) | Err(_)));
        if ended || slow.write_all(b"x").await.is_err() {
            break;
        }
    }
    assert!(ended || begun.elapsed() < Duration::from_secs(7), "it is held after {:?}", begun.elapsed());
    stop.send(()).unwrap();
    tokio::time::timeout(Duration::from_secs(20), server).await.expect("it stops").unwrap().unwrap();
}
