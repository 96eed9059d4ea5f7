"""A training run, waited for."""

from __future__ import annotations

import time

from attnviz.service.runs import Run


def finished(run: Run) -> Run:
    end = time.monotonic() + 60
    while not run.is_over and time.monotonic() < end:
        time.sleep(0.02)
    return run
