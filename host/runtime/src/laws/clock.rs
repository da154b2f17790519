//! The laws of `Clock`.

use crate::clock::SystemClock;
use oyez_model::Timestamp;
use oyez_model::port::Clock;
use std::sync::Mutex;

#[test]
fn law_1_now_never_goes_back_whichever_thread_asks() {
    let clock = SystemClock::start();
    let last = Mutex::new(Timestamp::default());
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                for _ in 0..10_000 {
                    let mut last = last.lock().unwrap();
                    let now = clock.now();
                    assert!(now >= *last && now > Timestamp::default());
                    *last = now;
                }
            });
        }
    });
}
