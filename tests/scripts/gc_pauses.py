"""What gc.pauses() says, where there is one."""

import gc

if hasattr(gc, "pauses"):
    before = gc.pauses()
    gc.collect()
    after = gc.pauses()
    for name in ("stops", "times_to_stop"):
        entries = after[name]
        counted = sum(count for _, count in entries["histogram"]) - sum(count for _, count in before[name]["histogram"])
        assert counted >= 1, (before, after)
        bounds = [below for below, _ in entries["histogram"]]
        assert bounds == sorted(set(bounds)), bounds
        assert 0 <= entries["longest"] <= entries["total"], entries
        assert entries["longest"] < bounds[-1], entries
    assert after["times_to_stop"]["total"] <= after["stops"]["total"], after
    assert gc.pauses(reset=True)["stops"]["histogram"]
    assert sum(count for _, count in gc.pauses()["stops"]["histogram"]) < counted + 10
print("done")
