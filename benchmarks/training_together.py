"""Thirty who press Train at once, each with a seed of their own: python -m benchmarks.training_together.

Pupils speak the page's own protocol, without a browser, and have the page drawn as often as it asks for. Written into
training_together.md: when each sees a head that has learned the task, and whether the time left that the page says is
true, by how far the run is five minutes after the press.
"""

from __future__ import annotations

import argparse
import os
import platform
import re
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median

from attnviz.training.registry import TASKS
from attnviz.ui.cards.train.play import APPEARED
from tests.browser.serving import served_app
from tests.serving.client import Client

RESULTS = Path(__file__).parent / "training_together.md"
PUPILS = 30
TASK = TASKS["grammar"]  # which the form names first
LONGEST = 300.0  # seconds that pupils look; what is said of the rest is held against the steps until then
_MEASURE = re.compile(r"<b>([\d.]+)</b></td><td>" + re.escape(TASK.figures[TASK.learned]))
_STEP = re.compile(r"Step ([\d,]+) of ([\d,]+)(?: · about (\d+) (s|minutes) left)?")


@dataclass(frozen=True)
class Told:
    """What the page says of a run, so many seconds after the press."""

    when: float
    step: int
    steps: int  # of the whole run
    left: float | None  # seconds that it would still take

    @classmethod
    def of(cls, when: float, progress: str) -> Told | None:
        """From the sentence of the progress bar.

        >>> Told.of(60.0, "Step 340 of 2,000 · about 7 minutes left. 29 others train here too, in turns.")
        Told(when=60.0, step=340, steps=2000, left=420.0)
        """
        found = _STEP.search(progress)
        if not found:
            return None
        step, steps = (int(one.replace(",", "")) for one in found.groups()[:2])
        left = int(found[3]) * (60.0 if found[4] == "minutes" else 1.0) if found[3] else None
        return cls(when, step, steps, left)


@dataclass
class Pupil:
    """One who presses Train, and what the page showed since: seconds after the press."""

    client: Client
    errors: list[str] = field(default_factory=list)
    first: float | None = None  # that there is a picture
    head: float | None = None  # that a head has learned it
    told: list[Told] = field(default_factory=list)

    def learn(self, seed: int, start: float) -> None:
        """Press Train, and look as often as the page is drawn."""
        client = self.client
        seeds, pressed = client.state("train_seed", double_value=seed), client.state("train", trigger_value=True)
        self.errors += client.ask(seeds, pressed)
        while (now := time.monotonic() - start) < LONGEST:
            self.look(now)
            if not client.repeated:  # nothing goes on
                return
            [(part, every)] = client.repeated.items()
            time.sleep(every)
            self.errors += client.ask(part=part)

    def look(self, now: float) -> None:
        """What the page shows, and says."""
        shown = _MEASURE.search(self.client.html)
        if shown and self.first is None:
            self.first = now
        if shown and self.head is None and float(shown[1]) >= APPEARED:
            self.head = now
        if told := Told.of(now, self.client.progress):
            self.told.append(told)

    def off_by(self, moment: float) -> float | None:
        """The time left, as it was said at that moment, by the time that the steps left take at the pace since then."""
        said = next((told for told in self.told if told.when >= moment and told.left is not None), None)
        last = self.told[-1] if self.told else None
        if said is None or said.left is None or last is None or last.step == said.step:
            return None
        pace = (last.when - said.when) / (last.step - said.step)
        return said.left / (pace * (said.steps - said.step))


def learned() -> list[Pupil]:
    """All of them, when all have looked."""
    with served_app() as url, ThreadPoolExecutor(PUPILS) as pool:
        pupils = [Pupil(Client(url, "train")) for _ in range(PUPILS)]
        for pupil in pupils:
            pupil.errors += pupil.client.open()
        start = time.monotonic()
        list(pool.map(lambda i: pupils[i].learn(i + 2, start), range(PUPILS)))
    return pupils


def row(what: str, must: str, seconds: Sequence[float | None]) -> str:
    """Of seconds that all have: the median and the longest; how many have none."""
    known = [one for one in seconds if one is not None]
    missing = len(seconds) - len(known)
    measured = f"{median(known):.0f} s, the last {max(known):.0f} s" if known else "–"
    return f"| {what} | {must} | {measured}{f'; {missing} never' if missing else ''} |"


def rows(pupils: Sequence[Pupil]) -> list[str]:
    """The table."""
    ratios = {moment: [one for pupil in pupils if (one := pupil.off_by(moment))] for moment in (30.0, 60.0, 120.0)}
    return [
        row("the first picture of the run", "", [pupil.first for pupil in pupils]),
        row(f"the best head reaches {APPEARED} on the page", "≤ 240 s, or told", [pupil.head for pupil in pupils]),
        f"| steps after {LONGEST:.0f} s | | {median(pupil.told[-1].step for pupil in pupils):,.0f} of "
        f"{pupils[0].told[-1].steps:,} |",
        *(
            f"| the time left that is said after {moment:.0f} s ÷ what the pace until {LONGEST:.0f} s gives | 1 | "
            f"{median(one):.2f} ({min(one):.2f} to {max(one):.2f}) |"
            for moment, one in ratios.items()
            if one
        ),
        f"| error boxes | 0 | {sum(len(pupil.errors) for pupil in pupils)} |",
    ]


def main() -> None:
    """Measure, and write the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.parse_args()
    load = os.getloadavg()[0]
    written = f"""# Thirty who press Train at once

Written by `python -m benchmarks.training_together`: {PUPILS} pupils, each with a seed of their own and the form's own
settings otherwise, on one server; medians. They share the machine's {os.cpu_count()} cores with it. Load before:
{load:.1f}.

| what | must | measured |
|---|---|---|
{chr(10).join(rows(learned()))}

Python {platform.python_version()}, {platform.system()}, CPU only.
"""
    RESULTS.write_text(written, encoding="utf-8")
    print(written)


if __name__ == "__main__":
    main()
