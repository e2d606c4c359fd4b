//! Waiting for descriptors: `select`, `poll` and `epoll`.
//!
//! Its unsafe blocks call the C library with pointers to memory that outlives the call, and lengths that fit it.

use std::mem::MaybeUninit;

use crate::file::{Outcome, outcome};

/// A descriptor and what is awaited of it; what happened is filled in.
pub type Awaited = libc::pollfd;
/// An event of an `epoll` instance.
pub type Event = libc::epoll_event;

/// The first descriptor that `select` cannot take.
pub const SELECT_LIMIT: i32 = libc::FD_SETSIZE as i32;

fn set_of(descriptors: &[i32]) -> libc::fd_set {
    // SAFETY: zeroes are a valid set; each descriptor is below the limit, which is asserted.
    unsafe {
        let mut set = MaybeUninit::<libc::fd_set>::zeroed().assume_init();
        for &descriptor in descriptors {
            assert!((0..SELECT_LIMIT).contains(&descriptor), "callers check the limit");
            libc::FD_SET(descriptor, &raw mut set);
        }
        set
    }
}

/// Waits until one of the descriptors can be read, written, or has something exceptional; microseconds or for ever. Keeps in each list
/// whether the descriptor is ready.
pub fn select(lists: &[Vec<i32>; 3], microseconds: Option<i64>) -> Outcome<[Vec<bool>; 3]> {
    let mut sets = [set_of(&lists[0]), set_of(&lists[1]), set_of(&lists[2])];
    let highest = lists.iter().flatten().copied().max().unwrap_or(-1);
    let mut time = microseconds.map(|micros| libc::timeval { tv_sec: micros / 1_000_000, tv_usec: micros % 1_000_000 });
    let time = time.as_mut().map_or(std::ptr::null_mut(), |time| &raw mut *time);
    let [read, write, except] = &mut sets;
    // SAFETY: the sets and the time outlive the call.
    outcome(unsafe { libc::select(highest + 1, &raw mut *read, &raw mut *write, &raw mut *except, time) })?;
    let ready = |index: usize| {
        // SAFETY: the descriptors are below the limit, as `set_of` asserted.
        lists[index].iter().map(|&descriptor| unsafe { libc::FD_ISSET(descriptor, &raw const sets[index]) }).collect()
    };
    Ok([ready(0), ready(1), ready(2)])
}

/// Waits for events of the descriptors; milliseconds, or negative for ever. Gives how many have some.
pub fn poll(descriptors: &mut [Awaited], milliseconds: i32) -> Outcome<i32> {
    // SAFETY: the slice is as long as said.
    outcome(unsafe { libc::poll(descriptors.as_mut_ptr(), descriptors.len() as libc::nfds_t, milliseconds) })
}

/// A new `epoll` instance.
pub fn epoll_create(flags: i32) -> Outcome<i32> {
    // SAFETY: the call takes a number.
    outcome(unsafe { libc::epoll_create1(flags) })
}

/// Adds, changes or removes a descriptor of an `epoll` instance.
pub fn epoll_control(instance: i32, operation: i32, descriptor: i32, events: u32) -> Outcome<()> {
    let mut event = Event { events, u64: descriptor as u64 };
    // SAFETY: the event outlives the call.
    outcome(unsafe { libc::epoll_ctl(instance, operation, descriptor, &raw mut event) }).map(drop)
}

/// Waits for events of an `epoll` instance: descriptors and what happened.
pub fn epoll_wait(instance: i32, most: usize, milliseconds: i32) -> Outcome<Vec<(i32, u32)>> {
    let mut events = vec![Event { events: 0, u64: 0 }; most];
    // SAFETY: there is room for as many events as said.
    let count = outcome(unsafe { libc::epoll_wait(instance, events.as_mut_ptr(), most as i32, milliseconds) })?;
    Ok(events[..count as usize].iter().map(|event| (event.u64 as i32, event.events)).collect())
}
