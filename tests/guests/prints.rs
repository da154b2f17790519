//! Speaks by all three ways: standard output, standard error, and the log.

use guests::EVENT;
use oyez_plugin::prelude::*;

#[handler(on = EVENT)]
fn speak(event: &Event) {
    println!("stdout says {}", event.id);
    eprintln!("stderr says {}", event.id);
    log::info(format_args!("the log says {}", event.id));
}
plugin!(speak);
