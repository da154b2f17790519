//! Emits what it got: the same data, media type and subject.

use guests::{ECHOED, EVENT};
use oyez_plugin::prelude::*;

#[handler(on = EVENT, emits = ECHOED)]
fn echo(event: &Event) -> Emission {
    Emission { subject: event.subject.clone(), datacontenttype: event.datacontenttype.clone(), data: event.data.clone(), ..Emission::new(ECHOED) }
}
plugin!(echo);
