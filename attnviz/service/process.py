"""What is settled for the process or a thread of it, so that each person's click takes little."""

from __future__ import annotations

import ctypes
import gc
import os
import sys
from functools import lru_cache

import torch

from attnviz.service.turns import Turns

_usable = getattr(os, "sched_getaffinity", None)  # not on every system
# What a page is told once its picture is there takes turns: so a class's pictures do not wait for all that is said
# beside those of others.
AFTERWARDS = Turns(len(_usable(0)) if _usable else None)


@lru_cache(maxsize=64)
def settle_memory(when: str) -> None:
    """Once for each occasion (a model was loaded, its page was drawn), take what is now in memory out of garbage
    collection's sight.

    With torch and transformers imported, looking through their objects alone costs over 100 ms: whenever Python
    collects, and after each click where Streamlit's own collecting is left on (`runner.postScriptGC`).
    """
    gc.collect()
    gc.freeze()


def give_back_memory() -> None:
    """What was let go of goes back to the system, where C's library is one that would keep it (glibc).

    A long text takes three times as much on its way as is kept of it. Without this a server that remembered 0.5 GB held
    1.3 GB after forty long texts, and more with each thread; it costs some 20 ms.
    """
    gc.collect()
    if sys.platform == "linux":
        trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
        if trim is not None:
            trim(0)


def settle_threads() -> None:
    """Torch computes on one core for each person, unless OMP_NUM_THREADS says otherwise.

    What a choice computes is small, and each run of the script is a new thread, whose helpers would first have to be
    started: with two, the same takes ten times as long. So each run says it: a number set in another thread does not
    reach MKL's products in this one (up to 4 ms for the first of them).
    """
    if "OMP_NUM_THREADS" not in os.environ:
        torch.set_num_threads(1)
