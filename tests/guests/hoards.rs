//! Writes a value that it may, then one that the event asks for: a key or a value that is too long, or more than its quota.

use guests::EVENT;
use oyez_plugin::prelude::*;

#[derive(Deserialize)]
struct Hoard {
    key: usize,
    value: usize,
}

#[handler(on = EVENT)]
fn hoard(hoard: Hoard, event: &Event) -> Result<()> {
    let bucket = state::bucket("hoard")?;
    bucket.set(&event.id, &"a first part")?;
    bucket.set_bytes(&"k".repeat(hoard.key), &vec![b'v'; hoard.value])
}
plugin!(hoard);
