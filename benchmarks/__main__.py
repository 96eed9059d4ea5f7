"""Measure everything and write `benchmarks/results.md`: python -m benchmarks."""

from __future__ import annotations

import platform
import statistics
from pathlib import Path

from benchmarks.capture import capture_overhead
from benchmarks.page import measure, median_and_p95
from benchmarks.training import seconds_to_the_head, step_ratio

RESULTS = Path(__file__).parent / "results.md"
_HEAD = """# Measured

Written by `make bench` (`python -m benchmarks`). The machine is shared and has 2 cores, on which server and browser
work side by side: medians count, single times do not. "Drawn" is the frame after the last change that Chromium
sees anywhere on the page (for the long text: in the grid of heads).

"""


def rows() -> list[str]:
    """The table, a line each."""
    table = ["| what | must | median | p95 |", "|---|---|---|---|"]
    for tokens in (128, 512):
        r = capture_overhead(tokens)
        figures = f"{r['ratio']:.3f} ({r['ours']:.1f} ms ÷ {r['eager']:.1f} ms)"
        table.append(f"| forward with recording ÷ eager with attentions, {tokens} tokens | ≤ 1.05 | {figures} | |")
    r = step_ratio()
    figures = f"{r['ratio']:.2f} ({r['ours']:.1f} ms ÷ {r['torch']:.1f} ms)"
    table.append(f"| training step ÷ the same model with torch's nn.MultiheadAttention | ≤ 1.25 | {figures} | |")
    heads = seconds_to_the_head()
    figures = f"{statistics.median(heads):.1f} s (seeds 0 to 4: {', '.join(f'{s:.1f}' for s in heads)})"
    table.append(f"| training started to the subject found (top key ≥ 0.9), one core | ≤ 30 s | {figures} | |")
    waits = measure()
    for key in ("head", "layer"):
        middle, late = median_and_p95(waits[key])
        what = f"click on another {key} to drawn, 13 tokens, warm ({len(waits[key])} clicks)"
        table.append(f"| {what} | ≤ 350 ms | {middle:.0f} ms | {late:.0f} ms |")
    middle, late = median_and_p95(waits["long"])
    table.append(
        f"| 512 tokens, Enter to all heads of a layer drawn | ≤ 3 s | {middle / 1000:.2f} s | {late / 1000:.2f} s |"
    )
    pressed, what = waits["train"][0] / 1000, "Train pressed to top key ≥ 0.9 on the page, all on the same cores"
    table.append(f"| {what} | ≤ 30 s | {pressed:.1f} s | |")
    table.append(f"| from starting the server to the page drawn | | {waits['start'][0] / 1000:.1f} s | |")
    return table


if __name__ == "__main__":
    text = _HEAD + "\n".join(rows()) + f"\n\nPython {platform.python_version()}, {platform.system()}, CPU only.\n"
    RESULTS.write_text(text, encoding="utf-8")
    print(text)
