"""What is said of a row of weights: the rule, and the sentences. The one place for both.

The pages of Python and the explorer's JavaScript say the same of the same row: `ui/words.py` fills these templates
here, `client/js/say/reading.js` fills them in the page, where they travel with each trace. A test holds the two
together.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Context, Decimal
from math import isfinite, isnan

from attnviz.analysis.rows import KeyReading, RowReading

TIMES = 2.0  # a weight stands out from so many times what is there anyway
MOST = 0.5  # a special token that holds less of a row does not say that the head finds little
LEAST = 0.005  # a weight below, which would be written as 0.00, is said of the strongest word alone
_TWO_DIGITS = Context(prec=2, rounding=ROUND_HALF_UP)  # halves go up, as in JavaScript

TEMPLATES: dict[str, str] = {
    "nothing": "{word} may look at nothing here, so its row is all zeros.",
    "forced": "{word} may look only at {key} here: it has no choice, so all its weight goes there.",
    "hidden": "All the weight of {word} goes to words that are not shown.",
    "looks": "{word} looks at {looks}.",
    "loose": "The largest weights of {word}, by size: {looks}.",
    "loose_none": "All weights of {word} on the words that are shown are 0.",
    "loose_sum": "Weights are no shares in this run: this row sums to {sum}.",
    "common": "Other words give {key} {others} on average, so this says little about {word}.",
    "distance": "Other words give {position} on average at the same distance, so it may be the place of {key} that "
    "counts here, and not the word.",
    "common_seen": "All else here gives {key} {others} on average, so this says little about {word}.",
    "out_seen": "This stands out: all else here gives {key} only {others} on average.",
    "special_seen": "{key} is no place in the picture: often a sign that the head finds little for {word} here.",
    "hidden_seen": "All the weight of {word} goes to tokens that are not shown.",
    "hidden_heard": "All the weight of {word} goes to the silence after the sound, which is not shown.",
    "common_heard": "Other rows give {key} {others} on average, so this says little about {word}.",
    "distance_heard": "Other rows give {position} on average at the same distance, so it may be the place of {key} "
    "that counts here, and not what sounds there.",
    "special_heard": "{key} lies in the silence after the sound: often a sign that the head finds little for {word} "
    "here.",
    "out_heard": "This stands out: other rows give {key} only {others} on average.",
    "out_both_heard": "This stands out: other rows give {key} only {others} on average, and {position} at the same "
    "distance.",
    "out_place_heard": "This stands out: other rows give only {position} on average at the same distance.",
    "alone_heard": "No other row that has a choice may look at {key}, so there is nothing to compare this with.",
    "out": "This stands out: other words give {key} only {others} on average.",
    "out_both": "This stands out: other words give {key} only {others} on average, and {position} at the same "
    "distance.",
    "out_place": "This stands out: other words give only {position} on average at the same distance.",
    "alone": "No other word that has a choice may look at {key}, so there is nothing to compare this with.",
    "special": "{key} is no word: often a sign that the head finds little for {word} here.",
    "specials": "Special tokens hold {own} of the weight of {word}, and {all} {whose}.",
    "specials_hidden": "Special tokens are hidden; they hold {own} of the weight of {word}, and {all} {whose}.",
    "specials_heard": "The silence after the sound holds {own} of the weight of {word}, and {all} {whose}.",
    "specials_hidden_heard": "The silence after the sound is hidden; it holds {own} of the weight of {word}, and {all} "
    "{whose}.",
    "everybody": "on average over all words",
    "everybody_seen": "on average over all tokens",
    "everybody_heard": "on average over all rows",
    "choosing": "on average over the words that have a choice",
    "choosing_seen": "on average over the tokens that have a choice",
    "choosing_heard": "on average over the rows that have a choice",
    "hidden_word": "If {word} were hidden, the model would guess {told}.",
    "masked_word": "For {word} the model guesses {told}.",
    "answer": "Asked this, the model answers {told}.",
    "next_word": "After {word} the model expects {told}.",
    "written_word": "At this place the model would write {told}.",
    "without_head": "With this head switched off: {told}.",
    "similarity": "Picture and text: their vectors have a cosine of {cosine}; times {scale}, which is learned, that is "
    "a score of {logit}. Alone it says little: type another text and compare.",
    "mean": "On average over {heads}, {word} looks at {looks}.",
    "mean_hidden": "On average over {heads}, all the weight of {word} goes to words that are not shown.",
    "mean_note": "No single head need look like their mean.",
    "mean_loose": "On average over {heads}, the largest weights of {word}, by size: {looks}.",
    "mean_off": "A head that is switched off counts here all the same.",
    "rolled": "Through {layers}, {word} is made of {looks}.",
    "rolled_hidden": "Through {layers}, {word} is made of words that are not shown.",
    "rolled_note": "A share, half of each step being the word itself; what values and feed-forward do is left out.",
    "rolled_off": "A head that is switched off counts as none.",
    "of_row": "Special tokens hold {own} of this row.",
    "of_row_hidden": "Special tokens are hidden; they hold {own} of this row.",
    "of_row_heard": "The silence after the sound holds {own} of this row.",
    "of_row_hidden_heard": "The silence after the sound is hidden; it holds {own} of this row.",
}


@dataclass(frozen=True)
class Word:
    """A token in a sentence: whoever writes the sentence knows how to write its name."""

    index: int


Part = str | Word
Sentence = list[Part]


def for_page() -> dict[str, object]:
    """What the page's JavaScript says the same by."""
    return {"times": TIMES, "least": LEAST, "most": MOST, "templates": TEMPLATES}


def row_sentences(reading: RowReading) -> list[Sentence]:
    """Where the chosen word looks, and whether that stands out from what is there anyway."""
    word = Word(reading.query)
    if reading.choices == 0:
        return [_filled("nothing", word=[word])]
    if not reading.shares:
        return _loose(reading)
    if reading.choices == 1:
        return [_filled("forced", word=[word], key=[Word(reading.strongest[0].key)])]
    if not reading.strongest:
        return [_filled(_of_kind("hidden", reading), word=[word])]
    looks, first = _looks(reading), reading.strongest[0]
    judged = reading.pinned or first  # what is asked about
    known: dict[str, Sentence] = {
        name: [weight(x)] for name in ("others", "position") if (x := getattr(judged, name)) is not None
    }
    return [
        _filled("looks", word=[word], looks=looks),
        _filled(_of_kind(verdict(judged), reading), word=[word], key=[Word(judged.key)], **known),
    ]


def _of_kind(name: str, reading: RowReading) -> str:
    """The template of what is looked at: a picture and a sound have some of their own."""
    own = f"{name}_{reading.kind}"
    return own if own in TEMPLATES else name


def _looks(reading: RowReading) -> Sentence:
    """The strongest keys that are worth telling, and the pinned one, each with its weight."""
    looks: Sentence = []
    first = reading.strongest[0]
    worthy = [look for look in reading.strongest if look is first or abs(look.weight) >= LEAST]
    if reading.pinned is not None and all(look.key != reading.pinned.key for look in worthy):
        worthy.append(reading.pinned)
    for look in worthy:
        looks += [*([", "] if looks else []), Word(look.key), f" {weight(look.weight)}"]
    return looks


def _loose(reading: RowReading) -> list[Sentence]:
    """Of weights that are no shares: the largest, and their sum. Whether one stands out is told by shares alone."""
    word: Sentence = [Word(reading.query)]
    largest = (
        _filled("loose", word=word, looks=_looks(reading)) if reading.strongest else _filled("loose_none", word=word)
    )
    return [largest, _filled("loose_sum", sum=[weight(reading.total)])]


def verdict(look: KeyReading) -> str:
    """Which template holds: what other words give the same key comes first, then what they give at that distance."""
    if look.others is not None and look.weight < TIMES * look.others:
        return "common"
    if look.position is not None and look.weight < TIMES * look.position:
        return "distance"
    if look.special and look.weight >= MOST:
        return "special"
    if look.others is None:
        return "alone" if look.position is None else "out_place"
    return "out" if look.position is None else "out_both"


def specials_sentence(reading: RowReading, *, shown: bool) -> Sentence:
    """How much weight the special tokens hold in this head; nothing where there are none, where they are seen to hold
    nothing, or where weights are no shares."""
    if not (reading.has_specials and reading.shares):
        return []
    if shown and max(reading.on_special, reading.on_special_mean) < LEAST:
        return []
    return _filled(
        _of_kind("specials" if shown else "specials_hidden", reading),
        own=[weight(reading.on_special)],
        word=[Word(reading.query)],
        all=[weight(reading.on_special_mean)],
        whose=[TEMPLATES[_of_kind("choosing" if reading.has_forced else "everybody", reading)]],
    )


def in_quotes(name: str) -> str:
    """A word's name in running text where nothing else tells it from the sentence; its index stands after the quotes.

    >>> in_quotes("the"), in_quotes("the₆"), in_quotes("₂")
    ('“the”', '“the”₆', '“₂”')
    """
    word = name.rstrip("₀₁₂₃₄₅₆₇₈₉")
    return f"“{word}”{name[len(word) :]}" if word else f"“{name}”"


def weight(x: float) -> str:
    """A weight with two decimals, or with two digits where these would be lost; below 0 with a true minus.

    >>> weight(0.6446), weight(0.125), weight(0.00123), weight(0.00003), weight(0.0), weight(-1.5)
    ('0.64', '0.13', '0.0012', '0.000030', '0.00', '−1.50')
    """
    if x < 0:
        return "0.00" if x > -0.00001 else f"−{weight(-x)}"
    if x == 0 or x >= 0.0095:
        return _rounded(x, 2)
    return "less than 0.00001" if x < 0.00001 else f"{_TWO_DIGITS.plus(Decimal(x)):f}"


def number(x: float) -> str:
    """Any other number, with as many decimals as its size leaves room for; as the page's `number` (say/words.js).

    >>> number(-2.197), number(0.5411), number(21.295), number(1863.2), number(-0.0001)
    ('−2.20', '0.541', '21.3', '1863', '0.000')
    """
    if not isfinite(x):
        return "–" if isnan(x) else "∞" if x > 0 else "−∞"
    size = abs(x)
    shown = _rounded(size, 0 if size >= 100 else 1 if size >= 10 else 2 if size >= 1 else 3)
    return f"−{shown}" if x < 0 and float(shown) else shown


def _rounded(x: float, decimals: int) -> str:
    """As JavaScript's toFixed."""
    return str(Decimal(x).quantize(Decimal(1).scaleb(-decimals), ROUND_HALF_UP))


def _filled(name: str, **values: Sentence) -> Sentence:
    """A template with its words and numbers."""
    parts: Sentence = []
    for piece in re.split(r"(\{\w+\})", TEMPLATES[name]):
        parts += values[piece[1:-1]] if piece.startswith("{") else [piece] if piece else []
    return parts
