"""What gc.heap() says, where there is one."""

import gc

if hasattr(gc, "heap"):
    before = gc.heap()
    kept = [{"number": number} for number in range(20000)]
    text = "x" * 100_000
    gc.collect()
    after = gc.heap()
    assert after["allocated"] - before["allocated"] > 20000 * 48, (before, after)
    assert after["live"] > 20000 * 48, after
    assert after["live"] <= after["committed"] + after["external"], after
    assert after["external"] >= 100_000, after
    assert sum(entry["blocks"] for entry in after["blocks"]) + after["empty_blocks"] <= after["committed"] // 65536, after
    for entry in after["blocks"]:
        assert entry["kind"] in ("object", "data", "owner"), entry
        assert 0 <= entry["used"] <= entry["cells"], entry
        assert entry["size"] * entry["cells"] <= entry["blocks"] * 65536, entry
    assert sum(entry["used"] for entry in after["blocks"]) > 40000, after
    del kept
    gc.collect()
    assert gc.heap()["live"] < after["live"], gc.heap()
print("done")
