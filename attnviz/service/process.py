"""What is settled for the process or a thread of it, so that each person's click takes little."""

from __future__ import annotations

import gc
import os
from functools import lru_cache

import torch


@lru_cache(maxsize=64)
def settle_memory(when: str) -> None:
    """Once for each occasion (a model was loaded, its page was drawn), take what is now in memory out of garbage
    collection's sight.

    With torch and transformers imported, looking through their objects alone costs over 100 ms: whenever Python
    collects, and after each click where Streamlit's own collecting is left on (`runner.postScriptGC`).
    """
    gc.collect()
    gc.freeze()


def settle_threads() -> None:
    """Torch computes on one core for each person, unless OMP_NUM_THREADS says otherwise.

    What a choice computes is small, and each run of the script is a new thread, whose helpers would first have to be
    started: with two, the same takes ten times as long. So each run says it: a number set in another thread does not
    reach MKL's products in this one (up to 4 ms for the first of them).
    """
    if "OMP_NUM_THREADS" not in os.environ:
        torch.set_num_threads(1)
