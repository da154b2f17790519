//! Describes a filter in CloudEvents SQL, which is documented and not built yet.

use oyez_plugin::prelude::*;

#[handler(sql("type = 'test.event.v1'"))]
fn by_sql() {}
plugin!(by_sql);
