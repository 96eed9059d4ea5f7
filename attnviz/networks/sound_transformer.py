"""The from-scratch encoder–decoder that hears: frames of a sound are read, and letters are written of it.

    vector of a frame = Σ_band loudness[band] · E[band] + b + place      # [frame, d_model]
    … encoder and decoder of `attnviz.networks.encoder_decoder` …

So the source has no words, but bands of pitch: each has a vector, and a frame is theirs, as loud as each is. Beside the
turns in self-attention, places are sinusoids added to frames and to letters (Vaswani et al. 2017, section 3.5): without
them cross-attention does not know how far it has come, and the decoder loops or skips. Whisper (Radford et al. 2022) is
built alike, but larger, and without the turns.

Two things keep what is heard where it sounds. In the encoder a frame may look only at those around it. And with a small
gain frames at first gather next to nothing from one another, so that cross-attention learns to look for a letter where
it sounds before self-attention learns to carry it to other frames, and the look with it.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from attnviz.attention import MultiHeadAttention
from attnviz.changes.applying import allowed_mask, is_unplaced
from attnviz.errors import AttnvizError
from attnviz.networks.encoder_decoder import EncoderDecoder, EncoderDecoderConfig
from attnviz.networks.mel import log_mel
from attnviz.positions import sinusoidal_positions
from attnviz.request import Change, Masked


@dataclass(frozen=True)
class SoundConfig(EncoderDecoderConfig):
    """Everything that fixes its shape. The source's vocabulary is its bands of pitch. Impossible ones are refused with
    a sentence."""

    rate: int = 8000  # samples a second
    hop: int = 320  # samples of a frame
    window: int = 512  # samples around its middle that it is computed from
    around: int = 0  # frames to each side that a frame looks at in the encoder; 0: all
    gain: float = 1.0  # what the first weights of the encoder's self-attention are multiplied by

    def __post_init__(self) -> None:
        super().__post_init__()
        if not 0 < self.hop <= self.window <= self.rate:
            raise AttnvizError(
                f"A frame has from 1 sample up to those of its window, which is at most a second; not {self.hop} "
                f"and {self.window} of {self.rate}."
            )
        if self.around < 0:
            raise AttnvizError(f"A frame looks at 1 or more to each side, or with 0 at all; not at {self.around}.")

    def network(self, *, seed: int = 0) -> SoundTransformer:
        return SoundTransformer(self, seed=seed)

    @property
    def seconds(self) -> float:
        """That a frame lasts."""
        return self.hop / self.rate

    def frames(self, samples: Tensor) -> Tensor:
        """[..., sample] to [..., frame, band]: what it reads of a sound."""
        bands = self.source.vocabulary
        return log_mel(samples, rate=self.rate, hop=self.hop, window=self.window, bands=bands)


class SoundTransformer(EncoderDecoder):
    """Frames of a sound, and the letters so far, to probabilities of the next letter."""

    SOURCE_AXES = 2  # [frame, band]
    config: SoundConfig

    def __init__(self, config: SoundConfig, *, seed: int = 0) -> None:
        super().__init__(config, seed=seed)
        self.b_frame = nn.Parameter(torch.zeros(config.source.d_model))
        with torch.no_grad():
            for module in self.encoder.modules():
                if isinstance(module, MultiHeadAttention):
                    for matrix in module.matrices().values():
                        matrix *= config.gain

    def vectors(self, source: Tensor) -> Tensor:
        """[..., frame, band] to [..., frame, d_model]: a projection of each frame in place of a look-up.

        Raises:
            AttnvizError: another number of bands.
        """
        bands = self.config.source.vocabulary
        if source.shape[-1] != bands:
            raise AttnvizError(f"A frame has {bands} bands of pitch, not {source.shape[-1]}.")
        return source @ self.source_embedding * self.config.source.factor + self.b_frame

    def source_mask(self, m: int, is_token: Tensor | None = None) -> Tensor | None:
        filled, around = super().source_mask(m, is_token), self.config.around
        if not around:
            return filled
        window = allowed_mask(Masked("window", width=around), m, device=self.embedding.device)
        return window if filled is None else filled + window

    def placed(self, vectors: Tensor, changes: Collection[Change]) -> Tensor:
        if is_unplaced(changes):
            return vectors
        return vectors + sinusoidal_positions(*vectors.shape[-2:]).to(vectors.device)
