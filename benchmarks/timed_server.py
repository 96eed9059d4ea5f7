"""Streamlit's command with a clock in it: every run of the script leaves a line in the file that `RUNS` names.

    RUNS=runs.jsonl python -m benchmarks.timed_server run app.py

The app is the same as without it. A line: was it a fragment's run, its milliseconds (callbacks, the script, collecting
garbage), and of these, how many its thread was at work, and how many it was ready but had no core (Linux tells).
"""

from __future__ import annotations

import json
import os
import time
from pathlib import Path
from typing import Any

from streamlit.runtime.scriptrunner.script_runner import ScriptRunner
from streamlit.web.cli import main

FILE = "RUNS"


_SCHEDULED = Path("/proc/thread-self/schedstat")  # nanoseconds on a core, nanoseconds waiting for one, turns


def _clocks() -> dict[str, float]:
    """Seconds: on the clock, of this thread's work, and of its waiting for a core (0 where nobody counts them)."""
    waited = int(_SCHEDULED.read_text().split()[1]) / 1e9 if _SCHEDULED.exists() else 0.0
    return {"ms": time.perf_counter(), "worked": time.thread_time(), "waited": waited}


def timed(log: Path) -> None:
    """Let each run of a script append its line to `log`."""
    run = ScriptRunner._run_script

    def measured(self: ScriptRunner, rerun_data: Any) -> None:
        before = _clocks()
        run(self, rerun_data)
        times = {name: 1000 * (seconds - before[name]) for name, seconds in _clocks().items()}
        with log.open("a") as file:
            file.write(json.dumps({"fragment": bool(rerun_data.fragment_id_queue)} | times) + "\n")

    ScriptRunner._run_script = measured  # type: ignore[method-assign]


def fragment_runs(log: Path, since: int = 0) -> list[dict[str, float]]:
    """The runs of fragments after the first `since` lines."""
    runs = [json.loads(line) for line in log.read_text().splitlines()[since:]]
    return [run for run in runs if run["fragment"]]


if __name__ == "__main__":
    timed(Path(os.environ[FILE]))
    main(prog_name="streamlit")
