//! Running a model many times, in a process of its own, and running it with one of its steps left out.

use std::ffi::OsStr;
use std::process::{Command, Stdio};

use sync::atomic::{AtomicUsize, Ordering};
use sync::modelled::scheduler::{PctScheduler, RandomScheduler, Scheduler};
use sync::modelled::{Config, FailurePersistence, Runner};
use sync::{run, weaken};

use crate::objects::{CHANGED, GONE};

/// Set for the process that runs a model.
const CHILD: &str = "OPHION_SHUTTLE_CHILD";
const SEED: &str = "OPHION_SHUTTLE_SEED";
const ITERATIONS: &str = "OPHION_SHUTTLE_ITERATIONS";
const SCHEDULER: &str = "OPHION_SHUTTLE_SCHEDULER";

/// The seed if none is asked for.
const USUAL_SEED: u64 = 0x006f_7068_696f_6e01;
/// How often a strategy changes the order of the threads against their priorities: most failures need two such changes or three.
const DEPTH: usize = 3;
/// The stack of a thread of a model, which a collection clears a part of.
const STACK: usize = 256 * 1024;
/// The status with which a process ends whose model failed.
const FAILED: i32 = 77;
/// What precedes the number of each execution in what a model's process prints.
const EXECUTION: &str = "execution ";

/// What is said where something that lives was taken for dead: by the collector's own check, or by whoever holds it.
pub const LOST: [&str; 4] = ["the collector's check found", GONE, CHANGED, "a slot holds a pointer to a free cell"];

/// What shuttle says where threads wait for each other.
pub const DEADLOCK: [&str; 1] = ["deadlock!"];

/// Runs `model` in so many executions under each of two schedulers: one that picks the next thread by chance at every point, and one
/// that lets threads run by priorities, which it changes at a few points. `test` is the test function that calls this.
pub fn holds<T>(test: T, executions: usize, model: impl Fn() + Send + Sync + Copy + 'static) {
    if is_child() {
        return explore(number_of(ITERATIONS).unwrap_or(executions as u64) as usize, model);
    }
    let ended = run_apart(test);
    assert!(ended.well, "the model failed in {}:\n{}", ended.last_execution, ended.said);
}

/// Runs `model` with the step called `site` left out, and expects shuttle to find a failure that says one of these things within so many
/// executions.
pub fn fails_without<T>(
    test: T,
    site: &'static str,
    says: &[&str],
    executions: usize,
    model: impl Fn() + Send + Sync + Copy + 'static,
) {
    if is_child() {
        return weaken::without(site, || explore(executions, model));
    }
    let ended = run_apart(test);
    assert!(!ended.well, "without {site} the model fails");
    let expected = says.iter().any(|said| ended.said.contains(said));
    assert!(
        expected,
        "shuttle found another failure than those expected, in {}:\n{}",
        ended.last_execution, ended.said
    );
    println!("without {site}: found in {}", ended.last_execution);
}

fn is_child() -> bool {
    std::env::var_os(CHILD).is_some()
}

fn number_of(variable: &str) -> Option<u64> {
    let text = std::env::var(variable).ok()?;
    Some(text.parse().unwrap_or_else(|_| panic!("{variable} is a number")))
}

fn explore(executions: usize, model: impl Fn() + Send + Sync + Copy + 'static) {
    end_at_a_panic();
    let seed = number_of(SEED).unwrap_or(USUAL_SEED);
    let only = std::env::var_os(SCHEDULER);
    let wanted = |name| only.as_deref().is_none_or(|only| only == OsStr::new(name));
    if wanted("random") {
        run_under("random", RandomScheduler::new_from_seed(seed, executions), seed, model);
    }
    if wanted("chosen") {
        run_under("chosen", PctScheduler::new_from_seed(seed, DEPTH, executions), seed, model);
    }
}

fn run_under(
    name: &'static str,
    scheduler: impl Scheduler + 'static,
    seed: u64,
    model: impl Fn() + Send + Sync + 'static,
) {
    let mut config = Config::new();
    config.stack_size = STACK;
    config.failure_persistence = FailurePersistence::None;
    config.silence_warnings = true;
    let count = AtomicUsize::new(0);
    let numbered = move || {
        let number = count.fetch_add(1, Ordering::Relaxed);
        eprintln!("{EXECUTION}{number} of seed {seed}, {name}");
        run::execution(&model);
    };
    run::modelled(|| Runner::new(scheduler, config).run(numbered));
}

/// A panic ends the process at once: what it would unwind through may rest on memory that the failure has spoilt.
fn end_at_a_panic() {
    std::panic::set_hook(Box::new(|panic| {
        eprintln!("{panic}");
        std::process::exit(FAILED);
    }));
}

/// How the process of a model ended.
struct Ended {
    well: bool,
    last_execution: String,
    /// What it said, but for the numbers of executions.
    said: String,
}

fn run_apart<T>(_: T) -> Ended {
    let test = std::any::type_name::<T>().split_once("::").expect("a test lies in a module").1;
    let mut command = Command::new(std::env::current_exe().expect("a process knows its binary"));
    command.args([test, "--exact", "--nocapture", "--test-threads=1"]).stdin(Stdio::null());
    // shuttle's own variable would replace the seed that a failure names.
    command.env(CHILD, "1").env_remove("SHUTTLE_RANDOM_SEED");
    let output = command.output().expect("the test's own binary runs");
    let errors = String::from_utf8_lossy(&output.stderr);
    let (executions, others): (Vec<&str>, Vec<&str>) = errors.lines().partition(|line| line.starts_with(EXECUTION));
    let last_execution = executions.last().expect("a model has executions").to_string();
    let said = format!("{}\n{}", others.join("\n"), output.status);
    Ended { well: output.status.success(), last_execution, said }
}
