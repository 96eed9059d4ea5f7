"""What is read: tokens, and what they stand for. Knows no model.

A row of tokens names what it is ("text"; of a translation "source", "target" and "written", the target as it is
written; "image", "sound") and holds what they were cut from. The row of a picture that is asked about begins with the
words of the question, which are no special tokens, and goes on with the patches, row by row from the top left.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import overload

from attnviz._index import as_index
from attnviz.contents import Pixels, Samples
from attnviz.errors import AttnvizError

TOKEN_LIMIT = 512  # most tokens of which a page has all weights, and that a model reads whose words look both ways
LONG_LIMIT = 4096  # most tokens that a causal model reads
_JOINERS = "'’-‐‑"  # apostrophes and hyphens


@dataclass(frozen=True)
class Token:
    """What a row or column of attention stands for, whatever was read."""

    label: str  # what is written for it
    special: bool = field(default=False, kw_only=True)  # put there by the model, not by the person
    word: int | None = field(default=None, kw_only=True)  # index of the word it belongs to; None for a special token
    continues: bool = field(default=False, kw_only=True)  # goes on with the word of the token before
    unknown: bool = field(default=False, kw_only=True)  # a word that the model does not know; it reads [UNK] instead
    segment: int = field(default=0, kw_only=True)  # 1 in the second sentence of a pair
    marker: bool = field(default=False, kw_only=True)  # typed, and read as a special token that the model knows
    mask: bool = field(default=False, kw_only=True)  # such a one that stands for a hidden word

    @property
    def text(self) -> str:
        """The same as `label`."""
        return self.label


@dataclass(frozen=True)
class TextToken(Token):
    """One token of a text and where it stands there.

    `label` is the slice of the text it covers, as it was typed, or where it covers none, its piece ("[CLS]", "▁");
    `piece` is the entry in the model's vocabulary, which may differ (lower case, "##ing").
    """

    id: int
    start: int  # first character; start == end for a special token, or a piece that stands for no character
    end: int  # one past the last character
    piece: str = ""
    token_type: int = 0  # what the tokenizer says of it to a model that tells segments apart; mostly the same


@dataclass(frozen=True)
class PatchToken(Token):
    """One patch of a picture and where it stands there."""

    box: tuple[int, int, int, int]  # x, y, width and height in pixels; x goes to the right, y downwards from the top


@dataclass(frozen=True)
class FrameToken(Token):
    """One frame of a sound and when it sounds."""

    start: float  # seconds from the beginning
    end: float


@dataclass(frozen=True)
class Tokens(Sequence[Token]):
    """A row of tokens: what a layer's queries or keys stand for.

    Of a picture that is asked about, the words of the question (`asked`) stand before the patches.

    Raises:
        AttnvizError: no token, or one that stands outside of the text, picture or sound.
    """

    name: str  # "text"; of a translation "source", "target" or "written"; "image"; "sound"
    items: tuple[Token, ...]
    content: str | Pixels | Samples  # the text, of a pair both sentences with a line break between; picture; sound
    cut: int | None = None  # the character at which a text over the limit was cut; of a pair, the first such place
    asked: str = ""  # the question about a picture

    def __post_init__(self) -> None:
        if not self.items:
            raise AttnvizError(f"The {self.called} has no tokens.")
        for i, token in enumerate(self.items):
            if isinstance(token, TextToken):
                if not 0 <= token.start <= token.end <= len(self.text):
                    span = f"{token.start:,} to {token.end:,} of {len(self.text):,} characters"
                    raise AttnvizError(f"token {i} spans {span} of the {self.called}")
            elif isinstance(token, PatchToken):
                x, y, width, height = token.box
                whole = (self.content.columns, self.content.rows) if isinstance(self.content, Pixels) else (0, 0)
                if min(x, y) < 0 or min(width, height) < 1 or x + width > whole[0] or y + height > whole[1]:
                    raise AttnvizError(f"token {i} covers {token.box} of {whole[0]} × {whole[1]} pixels")
            elif isinstance(token, FrameToken):
                seconds = self.content.seconds if isinstance(self.content, Samples) else 0.0
                if not 0 <= token.start < token.end or token.start >= seconds:  # the last one may be filled up
                    raise AttnvizError(f"token {i} sounds from {token.start} to {token.end} of {seconds} seconds")

    def __repr__(self) -> str:
        return f"<{self.name.capitalize()} of {len(self):,} tokens: {self.in_short}>"

    @property
    def in_short(self) -> str:
        """What is read, on a line."""
        if isinstance(self.content, Samples):
            return repr(self.content)
        if isinstance(self.content, Pixels) and not self.asked:
            return f"of {self.content.columns} × {self.content.rows} pixels"
        return repr(self.text if len(self.text) <= 60 else f"{self.text[:59]}…")

    @property
    def text(self) -> str:
        """The text that its words stand in: of a picture, the question about it; of a sound, none."""
        return self.content if isinstance(self.content, str) else self.asked

    @property
    def is_text(self) -> bool:
        """Whether it is a line of words, where there is a distance from one token to another."""
        return isinstance(self.content, str)

    @property
    def of_text(self) -> tuple[TextToken, ...]:
        """Its tokens, of a row of text: with ids, and characters that they cover.

        Raises:
            AttnvizError: a row of other tokens.
        """
        found = tuple(token for token in self.items if isinstance(token, TextToken))
        if len(found) < len(self.items):
            raise AttnvizError(f"The {self.called} has tokens that are no pieces of a text.")
        return found

    @property
    def ids(self) -> list[int]:
        """What a model reads of a row of text (`of_text`)."""
        return [token.id for token in self.of_text]

    @property
    def seconds(self) -> float:
        """How long the sound is that it was cut from; 0 of what is no sound."""
        return self.content.seconds if isinstance(self.content, Samples) else 0.0

    @property
    def called(self) -> str:
        """What it is, in a sentence."""
        return "target" if self.name == "written" else self.name

    @property
    def patches(self) -> tuple[int, ...]:
        """The indices of the tokens that are patches of a picture; none in a text."""
        return tuple(i for i, token in enumerate(self.items) if isinstance(token, PatchToken))

    def __len__(self) -> int:
        return len(self.items)

    def __iter__(self) -> Iterator[Token]:
        return iter(self.items)

    @overload
    def __getitem__(self, index: int) -> Token: ...
    @overload
    def __getitem__(self, index: slice) -> tuple[Token, ...]: ...
    def __getitem__(self, index: int | slice) -> Token | tuple[Token, ...]:
        return self.items[index]

    def __hash__(self) -> int:
        return hash((self.name, self.content, len(self.items)))  # a text is looked up often, and compared seldom

    def shown(self, *, specials: bool) -> list[int]:
        """The indices of the tokens to show: all, or all that are not special."""
        return [i for i, token in enumerate(self.items) if specials or not token.special]

    def check(self, index: int) -> None:
        """Raise `AttnvizError` for a token that is not there, or no index of one."""
        if isinstance(index, str):
            raise AttnvizError(f"A token is named by its index here, not by {index!r}: `find` of its row gives that.")
        if not 0 <= as_index(index, "A token's index", least=None) < len(self):
            raise AttnvizError(f"There is no token {index}: the {self.called} has tokens 0 to {len(self) - 1}.")

    def find(self, token: int | str) -> int:
        """The index of a token, given as itself or as a word (of several pieces, the first) that stands there once.

        A word that stands there as it is given goes before one in other letter case.

        Raises:
            AttnvizError: no such token, a word that is not there, or one that stands there more than once.
        """
        if not isinstance(token, str):
            self.check(token)
            return as_index(token, "A token's index")
        words = [self.words(join=True), self.words(join=False), [[i] for i in range(len(self))]]
        written = [{group[0]: self._label(group) for group in groups} for groups in words]
        asked = token.strip()
        for form in (str, str.casefold):
            for labels in written:  # "did" is the word before it is the first piece of "didn't"
                found = [i for i, label in labels.items() if form(label) == form(asked)]
                if len(found) == 1:
                    return found[0]
                if found:
                    times, places = f"{len(found)} times", ", ".join(map(str, found))
                    raise AttnvizError(f"“{asked}” is {times} in the {self.called}. Say which: token {places}.")
        known = ", ".join(written[0].values())
        known = known if len(known) <= 200 else f"{known[:199]}…"
        raise AttnvizError(f"There is no word “{asked}” in the {self.called}. Its words are: {known}.")

    def _label(self, group: Sequence[int]) -> str:
        """A word as it was typed; a special token's own label."""
        if len(group) == 1:
            return self.items[group[0]].label
        return self.written(group)

    def written(self, group: Sequence[int]) -> str:
        """What stands in the text, from the first of these tokens to the last."""
        first, last = (self.items[i] for i in (group[0], group[-1]))
        assert isinstance(first, TextToken)  # only these are pieces of a word
        assert isinstance(last, TextToken)
        return self.text[first.start : last.end]

    def words(self, *, join: bool = True) -> list[list[int]]:
        """The tokens of each word, in the order of the text; a special token is alone, and so is a patch.

        `join`: apostrophes and hyphens between letters, without a space, join their neighbours (didn't, mother-in-law).
        """
        groups: list[list[int]] = []
        for i, token in enumerate(self.items):
            goes_on = token.continues or (join and bool(groups) and self._joins(groups[-1][-1], i))
            if goes_on and groups:
                groups[-1].append(i)
            else:
                groups.append([i])
        return groups

    def _joins(self, before: int, after: int) -> bool:
        """Whether the second of two neighbouring tokens belongs to the word of the first: no space between, one of them
        an apostrophe or hyphen, and letters on its other side."""
        first, second = self.items[before], self.items[after]
        if not isinstance(first, TextToken) or not isinstance(second, TextToken):
            return False
        if first.special or second.special or first.end != second.start:
            return False
        if second.label in _JOINERS:
            return _is_letter(first.label[-1:]) and _is_letter(self.text[second.end : second.end + 1])
        if first.label in _JOINERS:
            leading = self.text[first.start - 1 : first.start] if first.start else ""
            return _is_letter(leading) and _is_letter(second.label[:1])
        return False


def as_written(target: Tokens) -> Tokens:
    """The words of a target as they are written: each stands for the place of the token before it, at which a decoder
    says what comes next, and the last for the place at which it ends. What a decoder looks for in its source at a place
    is the word that it is about to write there, so by these the rows of cross-attention are named."""
    last = target.of_text[-1]
    ends = TextToken("end", last.id, len(target.text), len(target.text), piece="end", special=True)
    return Tokens("written", (*target[1:], ends), target.content)


def _is_letter(character: str) -> bool:
    return bool(character) and unicodedata.category(character)[0] in "LN"
