//! Running a model, and running it with one of its weak points weakened.

use std::panic::{AssertUnwindSafe, catch_unwind};

use sync::modelled::model::Builder;
use sync::{failed_run, weaken};

/// How many times one execution may switch away from a thread that could go on. The bugs that models find need one or
/// two such switches; four leaves room, and `LOOM_MAX_PREEMPTIONS` may say otherwise.
const PREEMPTIONS: usize = 4;

/// Runs `model` in every order with at most `PREEMPTIONS` preemptions.
pub fn holds(model: impl Fn() + Send + Sync + 'static) {
    holds_within(PREEMPTIONS, model);
}

/// As `holds`, with a bound of its own, for models of more threads.
pub fn holds_within(preemptions: usize, model: impl Fn() + Send + Sync + 'static) {
    let mut builder = Builder::new();
    if builder.preemption_bound.is_none() {
        builder.preemption_bound = Some(preemptions);
    }
    builder.check(model);
}

/// What loom says when it finds threads that wait for each other.
pub const DEADLOCK: &str = "deadlock";
/// What loom says when a cell is read or written by two threads with no order between them.
pub const RACE: &str = "Causality violation";

/// Runs `model` with the ordering or step called `site` weakened, and expects loom to find a failure of this kind: one of
/// the above, or what an assertion of the model says.
pub fn fails_without(site: &'static str, kind: &str, model: impl Fn() + Send + Sync + 'static) {
    fails(kind, || weaken::without(site, || holds(model)));
}

/// Runs something that loom should find a failure of this kind in.
pub fn fails(kind: &str, run: impl FnOnce()) {
    let outcome = catch_unwind(AssertUnwindSafe(run));
    failed_run::forget();
    let failure = outcome.expect_err("loom finds the failure");
    let message = failure
        .downcast_ref::<String>()
        .map(String::as_str)
        .or_else(|| failure.downcast_ref::<&str>().copied())
        .unwrap_or("");
    assert!(message.contains(kind), "loom found another failure than the one expected: {message}");
}
