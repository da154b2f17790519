//! Mixes time, randomness, the order of a hash map and the bits of NaNs into what it emits: the same event gives the same bits.

use guests::{ECHOED, EVENT};
use oyez_plugin::prelude::*;
use std::collections::HashMap;
use std::hint::black_box;
use std::time::{Instant, SystemTime, UNIX_EPOCH};

#[allow(clippy::disallowed_methods, reason = "to look at the clock is what it is for")]
#[handler(on = EVENT, emits = ECHOED)]
fn mix() -> Vec<Emission> {
    let zero = black_box(0.0_f64);
    let nans =
        [zero / zero, -(zero / zero), black_box(f64::INFINITY) - black_box(f64::INFINITY), black_box(f64::from_bits(0x7ff0_dead_beef_0001)) + 1.0];
    let narrow = [black_box(0.0_f32) / black_box(0.0_f32), black_box(f32::from_bits(0x7fa0_0001)) * 2.0];
    // Its order comes of random numbers.
    let order: Vec<u32> = (0..50).map(|i| (i, i)).collect::<HashMap<u32, u32>>().into_keys().collect();
    let begun = Instant::now();
    std::thread::sleep(Duration::from_millis(7));
    let times = (SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |time| time.as_nanos() as u64), begun.elapsed().as_nanos() as u64);
    let mixed = json!({
        "nans": nans.map(|nan| format!("{:016x}", nan.to_bits())),
        "narrow": narrow.map(|nan| format!("{:08x}", nan.to_bits())),
        "order": order,
        "times": [times.0, times.1],
        "random": wasi::random::random::get_random_bytes(32),
        "insecure": wasi::random::insecure_seed::insecure_seed().0,
    });
    vec![Emission::new(ECHOED).json(&mixed), Emission::new(ECHOED).json(&json!({ "again": wasi::random::random::get_random_u64() }))]
}
plugin!(mix);
