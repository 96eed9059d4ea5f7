"""The words of two texts, aligned: what stands along a side of a comparison."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

from attnviz._trace import Trace
from attnviz.analysis.comparing.alignment import Match, aligned
from attnviz.errors import AttnvizError
from attnviz.tokens import TextToken, Token, Tokens

By = Literal["token", "word"]
_BY = get_args(By)
Of = Literal["rows", "columns"]


@dataclass(frozen=True)
class Side:
    """The words of A and of B, aligned: what stands along one side of a comparison."""

    a: tuple[Token | None, ...]  # the words of A; None: a gap
    b: tuple[Token | None, ...]

    def __len__(self) -> int:
        return len(self.a)

    def token(self, place: int) -> Token:
        """What stands at a place, of A where it has it."""
        found = self.a[place] or self.b[place]
        assert found is not None  # no place is empty
        return found

    def index(self, place: int) -> int:
        """Which of A's words (tokens, where nothing was merged) stands at a place; of B's, where A has none."""
        own = self.b if self.a[place] is None else self.a
        return sum(token is not None for token in own[:place])

    def shown(self, *, specials: bool = True) -> list[int]:
        """The places to show: all, or all that are not special tokens."""
        return [i for i in range(len(self)) if specials or not self.token(i).special]


def side_of(pairs: list[Match], words: list[Token], others: list[Token]) -> Side:
    """The tokens of aligned places: `words` are A's, `others` B's; None where there is a gap."""
    return Side(
        tuple(None if i is None else words[i] for i, _ in pairs),
        tuple(None if j is None else others[j] for _, j in pairs),
    )


def aligned_tokens(
    first: Trace, second: Trace, *, by: By = "token", of: Of = "rows"
) -> list[tuple[list[int] | None, list[int] | None]]:
    """Row after row of a comparison (or column after column), whatever its heads: the tokens of each side that stand
    there; None for a gap."""
    tokens = [side.rows if of == "rows" else side.columns for side in (first, second)]
    groups, others = (row.words() if by == "word" else [[i] for i in range(len(row))] for row in tokens)
    pairs = pairs_of(first, second, by)[of == "columns"]
    return [(None if i is None else groups[i], None if j is None else others[j]) for i, j in pairs]


def aligned_words(first: Trace, second: Trace, *, by: By = "token", of: Of = "rows") -> Side:
    """The words of these rows (or columns), of both sides."""
    words, others = (words_of(side.rows if of == "rows" else side.columns, by) for side in (first, second))
    return side_of(pairs_of(first, second, by)[of == "columns"], words, others)


def pairs_of(first: Trace, second: Trace, by: By) -> tuple[list[Match], list[Match]]:
    """The aligned words of the rows and of the columns: the very same where both texts look at themselves."""
    rows = aligned(words_of(first.rows, by), words_of(second.rows, by))
    if first.is_square and second.is_square:
        return rows, rows
    return rows, aligned(words_of(first.columns, by), words_of(second.columns, by))


def whole_words(trace: Trace) -> list[Token]:
    """The words of the text: pieces joined, each word one token from its first piece to its last."""
    return words_of(trace.tokens, "word")


def covers(word: Token, token: Token) -> bool:
    """Whether a token is this word, or a piece of it."""
    if not isinstance(word, TextToken) or not isinstance(token, TextToken):
        return word is token
    return word is token or (not word.special and not token.special and word.start <= token.start < word.end)


def words_of(tokens: Tokens, by: By) -> list[Token]:
    """What is aligned."""
    if by not in _BY:
        raise AttnvizError(f"Texts are compared by {' or '.join(_BY)}, not by {by!r}.")
    if by == "token":
        return list(tokens)
    words: list[Token] = []
    for group in tokens.words():
        first, last = tokens[group[0]], tokens[group[-1]]
        if len(group) > 1 and isinstance(first, TextToken) and isinstance(last, TextToken):
            words.append(TextToken(tokens.written(group), first.id, first.start, last.end, word=first.word))
        else:
            words.append(first)
    return words


def groups_of(trace: Trace) -> tuple[list[list[int]], list[list[int]]]:
    """The tokens of each word of the rows, and of the columns."""
    rows = trace.rows.words()
    return rows, rows if trace.is_square else trace.columns.words()
