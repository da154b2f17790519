//! Names that change their minds.

use super::*;
use crate::admission::Admission;
use crate::executor::Account;
use crate::instance::Terms;
use http_body_util::BodyExt;
use oyez_model::Limits;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

/// A server that answers each connection once.
async fn server() -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let _ = stream.read(&mut [0; 4096]).await;
            let _ = stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\nconnection: close\r\n\r\nhi").await;
        }
    });
    address
}

async fn shared(grants: &Arc<Grants>) -> Arc<Shared> {
    let permit = Admission::new(1, 1).admit(&Account::new(), 1).await;
    let terms = Terms { grants: Arc::clone(grants), ..Terms::bare(Limits::default()) };
    Arc::new(Shared::new(&terms, permit))
}

/// A resolver that gives these answers one after another, and how often it was asked.
fn changing(answers: Vec<Vec<SocketAddr>>) -> (Arc<Network>, Arc<AtomicUsize>) {
    let asked = Arc::new(AtomicUsize::new(0));
    let counter = Arc::clone(&asked);
    let resolve = move |_: String, _: u16| -> oyez_model::port::BoxFuture<std::io::Result<Vec<SocketAddr>>> {
        let answer = answers[counter.fetch_add(1, SeqCst)].clone();
        Box::pin(async move { Ok(answer) })
    };
    (Arc::new(Network::resolved_by(Box::new(resolve))), asked)
}

async fn call(network: &Arc<Network>, server: &Authority, grants: &Arc<Grants>) -> Result<u16, Error> {
    let body = http_body_util::Empty::new().map_err(|never| match never {}).boxed_unsync();
    let request = http::Request::get(format!("http://{server}/")).body(body).unwrap();
    let sent = Arc::clone(network).send(server.clone(), Arc::clone(grants), shared(grants).await, request, None).await;
    sent.map(|(response, _)| response.status().as_u16())
}

#[tokio::test]
async fn a_name_that_changes_its_mind_is_asked_once_a_request_and_refused_once_it_leads_astray() {
    let here = server().await;
    let inside: SocketAddr = format!("10.0.0.1:{}", here.port()).parse().unwrap();
    let name = Authority { host: "moving.example".to_owned(), port: here.port() };
    let address = Authority::parse(&here.to_string()).unwrap();
    let grants = Arc::new(Grants { http: Some([name.clone(), address].into()), ..Grants::default() });
    let (network, asked) = changing(vec![vec![here], vec![inside], vec![here, inside], vec![]]);
    assert_eq!(call(&network, &name, &grants).await.unwrap(), 200);
    assert_eq!(asked.load(SeqCst), 1, "the connection goes to what was checked");
    assert!(matches!(call(&network, &name, &grants).await, Err(Error::DestinationIpProhibited)));
    assert!(matches!(call(&network, &name, &grants).await, Err(Error::DestinationIpProhibited)), "one astray is one too many");
    assert!(matches!(call(&network, &name, &grants).await, Err(Error::DestinationNotFound)));
}
