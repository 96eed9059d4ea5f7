"""Where the arithmetic runs."""

from __future__ import annotations

import torch

from attnviz.errors import AttnvizError


def choose_device(wanted: str | None = None) -> torch.device:
    """The device asked for, or by itself: CUDA, else Apple's MPS, else the CPU.

    Raises:
        AttnvizError: a device that torch does not know or this machine does not have.
    """
    if wanted is None:
        return torch.device(available_devices()[0])
    try:
        device = torch.device(wanted)
    except RuntimeError as error:
        raise AttnvizError(f"“{wanted}” is not a device. Here there is: {', '.join(available_devices())}.") from error
    if device.type not in available_devices() or (device.index or 0) >= max(torch.cuda.device_count(), 1):
        raise AttnvizError(f"There is no {wanted} here. Here there is: {', '.join(available_devices())}.")
    return device


def available_devices() -> list[str]:
    """The kinds of device on this machine, fastest first."""
    kinds = {"cuda": torch.cuda.is_available(), "mps": torch.backends.mps.is_available(), "cpu": True}
    return [kind for kind, here in kinds.items() if here]
