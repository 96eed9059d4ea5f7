"""The chosen word in another trace: where it stands now."""

from __future__ import annotations

from attnviz._trace import Trace
from attnviz.tokens import TextToken, Token, Tokens
from attnviz.ui.state.view import DEFAULT_TEXT

_FIRST_WORDS = {DEFAULT_TEXT: "sat"}  # the word that an example is about


def carried_query(trace: Trace, index: int | None, before: Token | None, *, else_: int | None = None) -> int:
    """The chosen token in a new trace: the same word where it still stands, else the same word elsewhere, else the word
    now at that place. Of a word that is gone `else_`; where none was chosen before, the word at that index, or a good
    first choice."""
    return _carried(trace.rows, index, before, else_)


def carried_key(trace: Trace, index: int | None, before: Token | None, *, specials: bool) -> int | None:
    """The pinned token that is looked at, in a new trace: the same word where it still stands, else none; one that
    only a link names is the nearest that there is."""
    if index is None:
        return None
    if before is not None and all(token.text.casefold() != before.text.casefold() for token in trace.columns):
        return None
    return shown(trace.columns, _carried(trace.columns, index, before), specials=specials)


def _carried(tokens: Tokens, index: int | None, before: Token | None, else_: int | None = None) -> int:
    if before is not None:
        alike = [i for i, token in enumerate(tokens) if token.text.casefold() == before.text.casefold()]
        if alike:
            # Pieces of one character share text and place: then the index decides.
            return min(alike, key=lambda i: (abs(_start(tokens[i]) - _start(before)), abs(i - (index or 0))))
        hidden = [i for i, token in enumerate(tokens) if token.mask]
        if len(hidden) == 1:
            return hidden[0]
        covering = [i for i, token in enumerate(tokens) if _covers(token, before)]
        if covering and not before.special:
            return covering[0]
        if else_ is not None:
            return else_
    elif index is not None:
        return min(index, len(tokens) - 1)
    if tokens.patches:
        return looks_first(tokens)
    wanted = _FIRST_WORDS.get(tokens.text.split("\n")[0])
    words = [i for i, token in enumerate(tokens) if not token.special and any(c.isalnum() for c in token.text)]
    chosen = next((i for i in words if tokens[i].mask or tokens[i].text == wanted), None)
    return chosen if chosen is not None else words[-1] if words else 0


def looks_first(tokens: Tokens) -> int:
    """Of a picture, the token whose row is shown first: the last word of the question, else the first token, which in a
    Vision Transformer stands for the whole picture."""
    return tokens.patches[0] - 1 if tokens.asked else 0


def _start(token: Token) -> int:
    """The first character that it covers; 0 of what is no piece of a text."""
    return token.start if isinstance(token, TextToken) else 0


def _covers(token: Token, other: Token) -> bool:
    """Whether one piece of a text begins within another."""
    if not isinstance(token, TextToken) or not isinstance(other, TextToken):
        return False
    return token.start <= other.start < token.end


def shown(tokens: Tokens, index: int, *, specials: bool) -> int:
    """The chosen token, or, while special tokens are hidden, the nearest one that is shown."""
    return min(tokens.shown(specials=specials) or [index], key=lambda i: abs(i - index))
