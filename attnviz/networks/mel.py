"""A sound as frames: how loud each band of pitch is, moment by moment (the log-mel spectrogram).

    power[frame, f]  = |STFT|²                                  # of a Hann window around the frame's middle
    mel[frame, band] = Σ_f triangle[band, f] · power[frame, f]   # bands as wide as the ear's (Stevens et al. 1937)
    log_mel          = log₁₀ mel, the loudest at 1, and 60 dB below it, or less, at -1

Frame i is of the samples from i · hop up to (i + 1) · hop, and its window reaches as far over both ends.
"""

from __future__ import annotations

from functools import cache

import torch
from torch import Tensor
from torch.nn.functional import pad

FLOOR = 60.0  # dB below the loudest, from where on all is silence
_LEAST = 1e-10  # power that counts as some: silence is no loudest


def log_mel(samples: Tensor, *, rate: int, hop: int, window: int, bands: int) -> Tensor:
    """Samples [..., sample] of -1 to 1 to [..., frame, band] of -1 to 1; a last frame may be filled up with silence.

    The loudest is that of the whole sound: one as loud again gives the same numbers.

    >>> sine = torch.sin(2 * torch.pi * 1000 * torch.arange(8000) / 8000)
    >>> frames = log_mel(sine, rate=8000, hop=320, window=512, bands=32)
    >>> frames.shape, float(frames.max()), int(frames[12].argmax())
    (torch.Size([25, 32]), 1.0, 14)
    """
    frames = frames_of(samples.shape[-1], hop)
    before = (window - hop) // 2
    filled = pad(samples, (before, frames * hop + window - hop - before - samples.shape[-1]))
    flat = filled.reshape(-1, filled.shape[-1])
    hann = torch.hann_window(window, device=samples.device)
    waves = torch.stft(flat, window, hop, window=hann, center=False, return_complex=True)  # [sound, f, frame]
    mel = waves.abs().square().transpose(-2, -1) @ mel_bank(rate, window, bands).to(samples.device)
    loud = mel.clamp(min=_LEAST).log10()
    below = (loud - loud.amax((-2, -1), keepdim=True)) * 10  # dB, up to 0
    return (1 + 2 * below / FLOOR).clamp(min=-1).reshape(*samples.shape[:-1], frames, bands)


def frames_of(samples: int, hop: int) -> int:
    """How many frames so many samples are: at least one."""
    return max(-(-samples // hop), 1)


@cache
def mel_bank(rate: int, window: int, bands: int) -> Tensor:
    """[f, band]: triangles whose middles are evenly spaced in mel, from 0 to half the rate, each beginning and ending
    at the middles of its neighbours.

        mel(f) = 2595 · log₁₀(1 + f / 700)      (O'Shaughnessy 1987)
    """
    ends = _mel(torch.tensor([0.0, rate / 2], dtype=torch.float64))
    middles = 700 * (
        10 ** (torch.linspace(float(ends[0]), float(ends[1]), bands + 2, dtype=torch.float64) / 2595) - 1
    )  # Hz
    f = torch.linspace(0, rate / 2, window // 2 + 1, dtype=torch.float64)[:, None]
    rising = (f - middles[:-2]) / (middles[1:-1] - middles[:-2])
    falling = (middles[2:] - f) / (middles[2:] - middles[1:-1])
    return torch.minimum(rising, falling).clamp(min=0).float()


def _mel(f: Tensor) -> Tensor:
    return 2595 * torch.log10(1 + f / 700)
