//! What the tests share: a host in a process of its own, spoken to over HTTP; the harness that kills it; and the guests that would.

mod client;
pub mod crash;
pub mod hostile;
mod running;
mod server;

pub use client::{Client, until};
pub use running::{Running, Starting};
pub use server::Server;

use serde_json::{Value, json};
use std::path::{Path, PathBuf};

/// The result of what a test does with a host.
pub type Result<T, E = Box<dyn std::error::Error + Send + Sync>> = std::result::Result<T, E>;

/// The clone.
#[must_use]
pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the tests lie in the clone").to_owned()
}

/// The binary `oyez`.
#[must_use]
pub fn oyez() -> PathBuf {
    program("oyez")
}

/// A program of the workspace: beside the one that runs, or, if that is a test, in the folder above it.
#[must_use]
pub fn program(name: &str) -> PathBuf {
    let own = std::env::current_exe().expect("a program has a file");
    let found = own.ancestors().skip(1).take(2).map(|folder| folder.join(name)).find(|path| path.is_file());
    found.unwrap_or_else(|| panic!("`{name}` is not beside {}: `cargo build --workspace` makes it", own.display()))
}

/// A component of `plugins/dist`, such as `shop-email` or `guests/echo`.
#[must_use]
pub fn component(name: &str) -> Vec<u8> {
    let path = root().join(format!("plugins/dist/{name}.wasm"));
    std::fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}: `cargo xtask plugins` makes it", path.display()))
}

/// The same component as another build: with a custom section at its end, which changes its bytes and nothing else.
#[must_use]
pub fn rebuilt(mut component: Vec<u8>, build: u8) -> Vec<u8> {
    component.extend([0, 3, 1, b'b', build]);
    component
}

/// An event for the tests' guests.
#[must_use]
pub fn event(id: &str, ty: &str, subject: &str, data: &Value) -> Value {
    json!({ "specversion": "1.0", "id": id, "source": "/tests", "type": ty, "subject": subject, "datacontenttype": "application/json", "data": data })
}

/// An order for the shop.
#[must_use]
pub fn order(i: usize) -> Value {
    let id = format!("o-{i}");
    let data = json!({ "orderId": id, "userId": format!("u-{}", i % 97), "items": [{ "sku": "soup", "quantity": 1 }], "amount": 12 });
    event(&format!("placed-{i}"), "shop.order.placed.v1", &id, &data)
}
