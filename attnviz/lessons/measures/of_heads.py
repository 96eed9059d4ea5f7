"""What a lesson can refer to in a head: each a number or a word of one row, by the package's own functions."""

from __future__ import annotations

import math
from functools import lru_cache

from torch import Tensor

from attnviz._trace import Trace
from attnviz.analysis import HeadFigures, head_figures, norm_weighted, read_row, special_share
from attnviz.errors import AttnvizError
from attnviz.heads import Head
from attnviz.layer import to_cpu
from attnviz.lessons.hearing import frames_of
from attnviz.lessons.measures.measuring import Registry, Value, Where, number, share, whole

MEASURES = Registry()


@MEASURES.add
def weight(where: Where, head: str, query: str, key: str, *more: str) -> Value:
    """the weight from a word to a word (of several keys, what they get together)"""
    row = where.heads_row(head, query)
    return share(sum(float(row[i]) for i in {where.key(head, one) for one in (key, *more)}))


@MEASURES.add
def score(where: Where, head: str, query: str, key: str) -> Value:
    """query · key"""
    return number(where.row(head, query).scores[0, where.key(head, key)])


@MEASURES.add
def scaled(where: Where, head: str, query: str, key: str) -> Value:
    """the score after the division by √d_head"""
    return number(where.row(head, query).scaled[0, where.key(head, key)])


@MEASURES.add
def exponential(where: Where, head: str, query: str, key: str) -> Value:
    """*e* to the power of the scaled score (divided by the temperature): 0 where the query may not look"""
    return number(_exponentials(where, head, query)[where.key(head, key)])


@MEASURES.add
def total(where: Where, head: str, query: str) -> Value:
    """the sum of these over the row, by which each is divided"""
    return number(_exponentials(where, head, query).sum())


def _exponentials(where: Where, head: str, query: str) -> Tensor:
    """[key]."""
    return (to_cpu(where.row(head, query).masked[0]).double() / where.layer(head).temperature).exp()


@MEASURES.add
def strongest(where: Where, head: str, query: str) -> Value:
    """the word that a word looks at most"""
    return Value(where.layer(head).keys[int(where.heads_row(head, query).argmax())].label)


@MEASURES.add
def sounding(where: Where, head: str, letter: str) -> Value:
    """the weight that a letter gives the frames in which it sounds, and one beside on both sides"""
    frames = frames_of(where.trace, where.query(head, letter))
    return share(where.heads_row(head, letter)[list(frames)].sum())


@MEASURES.add
def others(where: Where, head: str, query: str, key: str) -> Value:
    """what the other words give the key, on average"""
    place = where.place(head)
    at = where.query(head, query)
    read = read_row(
        where.trace.only(place.part), layer=place.layer, head=place.head, query=at, key=where.key(head, key)
    )
    if read.pinned is None or read.pinned.others is None:
        raise AttnvizError(f"No other word that has a choice looks at “{key}”.")
    return share(read.pinned.others)


@MEASURES.add
def share_special(where: Where, head: str, query: str) -> Value:
    """the weight on special tokens, such as [CLS]"""
    return share(special_share(where.heads_row(head, query), where.trace.only(where.place(head).part)))


@MEASURES.add
def entropy(where: Where, head: str, query: str) -> Value:
    """how evenly a row is spread, in bits: 0 where one word gets all (Shannon 1948)"""
    row = where.heads_row(head, query).tolist()
    return number(-sum(x * math.log2(x) for x in row if x > 0))


@MEASURES.add
def previous(where: Where, head: str) -> Value:
    """the weight that words give the word before them, on average"""
    return _habit(where, head, "previous")


@MEASURES.add
def following(where: Where, head: str) -> Value:
    """and the word after them"""
    return _habit(where, head, "following")


@MEASURES.add
def itself(where: Where, head: str) -> Value:
    """and themselves"""
    return _habit(where, head, "itself")


def _habit(where: Where, head: str, name: str) -> Value:
    place = where.place(head)
    found = getattr(_figures(where.trace, place.part)[place.layer][place.head], name)
    if found is None:
        raise AttnvizError(f"In head {head} one row of words looks at another: there is no word before or after.")
    return share(found)


@lru_cache(maxsize=4)
def _figures(trace: Trace, part: str) -> list[list[HeadFigures]]:
    return head_figures(trace.only(part))


@MEASURES.add
def q(where: Where, head: str, word: str, i: str) -> Value:
    """one number of a word's query"""
    return _entry(where.layer(head).q[Head.of(head).head, where.query(head, word)], i)


@MEASURES.add
def k(where: Where, head: str, word: str, i: str) -> Value:
    """one number of its key"""
    layer = where.layer(head)
    return _entry(layer.k[layer.kv_head(Head.of(head).head), where.key(head, word)], i)


@MEASURES.add
def v(where: Where, head: str, word: str, i: str) -> Value:
    """one number of its value"""
    layer = where.layer(head)
    return _entry(layer.v[layer.kv_head(Head.of(head).head), where.key(head, word)], i)


@MEASURES.add
def product(where: Where, head: str, query: str, key: str, i: str) -> Value:
    """one product of the sum query · key"""
    one, other = q(where, head, query, i).number, k(where, head, key, i).number
    return number((one or 0.0) * (other or 0.0))


@MEASURES.add
def context(where: Where, head: str, query: str, i: str) -> Value:
    """one number of the weighted sum of values"""
    return _entry(where.row(head, query).context[0], i)


def _entry(vector: Tensor, i: str) -> Value:
    return number(vector[whole(i, len(vector), "The place of a number in a vector")])


@MEASURES.add
def handed(where: Where, head: str, query: str, key: str) -> Value:
    """how long the vector is that a word gets from another through a head (Kobayashi et al. 2020)"""
    place = where.place(head)
    passed = norm_weighted(where.trace.only(place.part), place.layer)[place.head]
    return number(passed[where.query(head, query), where.key(head, key)])
