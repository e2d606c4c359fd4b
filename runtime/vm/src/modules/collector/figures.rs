//! Figures of the collector: counts as CPython gives them, and what only we have, `gc.pauses` and `gc.heap`.

use std::time::Duration;

use gc::CellKind;

use crate::collections::Histogram;
use crate::containers::intern_text;
use crate::native;
use crate::object::Ref;
use crate::objects::{Dict, List, Tuple, float_value, int_from_u64};
use crate::raised::R;
use crate::thread::Thread;
use crate::value::Value;

/// The unit in which the heap hands out cells, in bytes.
const GRANULE: usize = 16;

/// Return a three-tuple of the current collection counts.
#[native("get_count($module, /)")]
fn get_count(t: &Thread, _module: Value) -> R<Ref<Tuple>> {
    // What was allocated since the last cycle, in granules of the heap; generations are not counted one by one.
    let allocated = t.mutator().allocated_since_cycle() / GRANULE;
    Tuple::with(t, 3, |index| int_from_u64(t, if index == 0 { allocated as u64 } else { 0 }))
}

/// Return a list of dictionaries containing per-generation statistics.
#[native("get_stats($module, /)")]
fn get_stats(t: &Thread, _module: Value) -> R<Ref<List>> {
    let counts = t.interpreter().collections(|collections| collections.counts);
    let list = List::new(t)?;
    for generation in 0..3 {
        let dict = Dict::new(t)?;
        put(t, dict, "collections", counts.collections[generation])?;
        put(t, dict, "collected", counts.collected[generation])?;
        put(t, dict, "uncollectable", 0)?;
        list.push(t, dict.value())?;
    }
    Ok(list)
}

/// Return how long collections stopped the interpreter's threads.
///
/// The keys are 'stops' (whole stops) and 'times_to_stop' (the part of them that
/// passed until all threads stood still). Each value is a dictionary with the
/// 'total' and the 'longest' in seconds and a 'histogram': pairs of a duration
/// in seconds and the number of stops below it and not below the pair before.
/// With 'reset' true, they are counted anew from now on.
#[native("pauses($module, /, *, reset=False)")]
fn pauses(t: &Thread, _module: Value, reset: bool) -> R<Ref<Dict>> {
    let (stops, times) = t.interpreter().change_collections(|collections| {
        let counted = (collections.stops, collections.times_to_stop);
        if reset {
            (collections.stops, collections.times_to_stop) = Default::default();
        }
        counted
    });
    let dict = Dict::new(t)?;
    for (name, histogram) in [("stops", stops), ("times_to_stop", times)] {
        dict.set_str(t, intern_text(t, name)?, histogram_dict(t, &histogram)?.value())?;
    }
    Ok(dict)
}

fn histogram_dict(t: &Thread, histogram: &Histogram) -> R<Ref<Dict>> {
    let seconds = |duration: Duration| float_value(t, duration.as_secs_f64());
    let list = List::new(t)?;
    for (below, count) in histogram.buckets() {
        let pair = [seconds(below)?, int_from_u64(t, count)?];
        list.push(t, Tuple::from_slice(t, &pair)?.value())?;
    }
    let dict = Dict::new(t)?;
    dict.set_str(t, intern_text(t, "total")?, seconds(histogram.total)?)?;
    dict.set_str(t, intern_text(t, "longest")?, seconds(histogram.longest)?)?;
    dict.set_str(t, intern_text(t, "histogram")?, list.value())?;
    Ok(dict)
}

fn put(t: &Thread, dict: Ref<Dict>, name: &str, number: u64) -> R<()> {
    dict.set_str(t, intern_text(t, name)?, int_from_u64(t, number)?)
}

/// Return how large the interpreter's heap is and what its blocks hold.
///
/// In bytes: 'live' is what the last collection found alive, 'allocated' all
/// that was ever allocated, 'external' the memory outside the heap that objects
/// account for, 'committed' the heap's own blocks. 'empty_blocks' of them hold
/// nothing. 'blocks' is a list of dictionaries, one for each kind and 'size' of
/// cells: the number of 'blocks' of 64 KiB, of 'cells' in them, and of cells
/// that are 'used' as far as is known. The kinds are 'object' (refers to others),
/// 'data' (refers to none) and 'owner' (owns memory or a resource outside the
/// heap). Large objects, which have blocks of their own, are counted under size 0.
#[native("heap($module, /)")]
fn heap(t: &Thread, _module: Value) -> R<Ref<Dict>> {
    let heap = t.interpreter().heap().clone();
    let mut counted = (Vec::new(), 0);
    heap.inspect(t.mutator(), &mut |stopped| counted = stopped.census());
    let (classes, empty) = counted;
    let statistics = heap.statistics();
    let dict = Dict::new(t)?;
    put(t, dict, "live", statistics.live_bytes as u64)?;
    put(t, dict, "allocated", statistics.allocated_bytes)?;
    put(t, dict, "external", statistics.external_bytes as u64)?;
    put(t, dict, "committed", statistics.committed_bytes as u64)?;
    put(t, dict, "empty_blocks", empty as u64)?;
    let blocks = List::new(t)?;
    for class in classes {
        let kind = match class.kind {
            Some(CellKind::Untraced) => "data",
            Some(CellKind::Drop) => "owner",
            _ => "object",
        };
        let entry = Dict::new(t)?;
        entry.set_str(t, intern_text(t, "kind")?, intern_text(t, kind)?.value())?;
        put(t, entry, "size", class.cell_size as u64)?;
        put(t, entry, "blocks", class.blocks as u64)?;
        put(t, entry, "cells", class.cells as u64)?;
        put(t, entry, "used", class.used as u64)?;
        blocks.push(t, entry.value())?;
    }
    dict.set_str(t, intern_text(t, "blocks")?, blocks.value())?;
    Ok(dict)
}
