//! The priority of what gives way to the host's other threads: guests' long attempts, and compilers.

use std::io;

/// How long such a thread would go on beside others, in nanoseconds: the most that can be asked for. On a core that somebody computes on,
/// a thread that wakes up waits for the end of a slice, whatever the nice values; since Linux 6.12 it goes on at once if its own slices are
/// shorter and it has not had more than its part (EEVDF: Stoica and Abdel-Wahab 1995). All other threads have the system's own, some 3 ms.
const SLICE_NANOS: u64 = 100_000_000;

/// This thread gives way from now on, by so much.
///
/// # Errors
/// The system says no: it goes on as it was.
pub(crate) fn give_way(by: i32) -> io::Result<()> {
    let nice = rustix::process::nice(by)?;
    // Where slices are not known, nice values have to do.
    let _ = take_long_slices(nice);
    Ok(())
}

/// Has this thread go on for long at a time, at the nice value that it has.
#[allow(unsafe_code, reason = "a call of the system that no library wraps")]
fn take_long_slices(nice: i32) -> io::Result<()> {
    let attr = libc::sched_attr {
        size: u32::try_from(size_of::<libc::sched_attr>()).expect("it is small"),
        sched_policy: 0,
        sched_flags: u64::from(libc::SCHED_FLAG_KEEP_POLICY.cast_unsigned()),
        sched_nice: nice,
        sched_priority: 0,
        sched_runtime: SLICE_NANOS,
        sched_deadline: 0,
        sched_period: 0,
    };
    let (this_thread, no_flags) = (0, 0);
    // SAFETY: it reads `size` bytes of the structure, which are there, and writes nothing.
    match unsafe { libc::syscall(libc::SYS_sched_setattr, this_thread, &raw const attr, no_flags) } {
        0 => Ok(()),
        _ => Err(io::Error::last_os_error()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_thread_gives_way_and_no_other_one_with_it() {
        let nice = || rustix::process::getpriority_process(None).unwrap();
        let before = nice();
        std::thread::scope(|threads| {
            let given_way = threads.spawn(|| {
                give_way(3).unwrap();
                take_long_slices(nice()).map(|()| nice()).unwrap()
            });
            assert_eq!(given_way.join().unwrap(), (before + 3).min(19));
        });
        assert_eq!(nice(), before);
    }
}
