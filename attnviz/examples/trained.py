"""The examples of the models that come with attnviz: what was learned here, and what nobody trained."""

from __future__ import annotations

from attnviz.examples.example import Example, Word
from attnviz.heads import Head

_REPETITION = "small bird sat on the tree small bird sat on the tree"

FIRST: tuple[Example, ...] = (
    Example(
        "A verb finds its far subject",
        "The cat, which was black, sat on the mat",
        "grammar",
        Head(1, 0),
        Word("sat"),
        Word("cat"),
        "subject",
        "“sat” looks past the words between them and finds “cat”: it was the cat that sat. To guess hidden verbs, this "
        "small model had to learn which noun a verb belongs to.",
    ),
    Example(
        "Not fooled by a nearer noun",
        "The dogs near the old lamp bark",
        "grammar",
        Head(1, 0),
        Word("bark"),
        Word("dogs"),
        "subject",
        "“lamp” stands right before “bark”, but “bark” looks at “dogs”. Nearness is not what this head goes by.",
    ),
)
LAST: tuple[Example, ...] = (
    Example(
        "What came next? First step",
        _REPETITION,
        "induction",
        Head(0, 2),
        Word("sat"),
        Word("bird"),
        "previous",
        "Each word looks at the one before it, so it can carry along which word that was. The second step builds on "
        "this.",
    ),
    Example(
        "What came next? Second step",
        _REPETITION,
        "induction",
        Head(1, 0),
        Word("bird", 2),
        Word("sat", 1),
        "after",
        "In the second round “bird” looks at “sat”, which came after “bird” in the first. That tells the model what "
        "comes next.",
    ),
    Example(
        "One word after another",
        "One day a girl named Mia found a red ball. She put the",
        "stories",
        Head(1, 0),
        Word("the"),
        Word("red"),
        "stands out",
        "To say which word comes next, it looks back from “the” at “red”: that is the colour to be said again. Let it "
        "write on.",
    ),
    Example(
        "From English to French",
        "The black cat sees the small dogs",
        "french",
        Head(0, 1, "cross"),
        Word("noir"),
        Word("black"),
        "translated",
        "To write “noir”, the model looks at “black”, though that stands elsewhere in the sentence. Each French word "
        "finds the English one that says the same.",
        target="Le chat noir voit les petits chiens",
    ),
    Example(
        "Nobody trained this one",
        "The old king loved his daughter",
        "random",
        Head(0, 2),
        Word("his"),
        Word("daughter"),
        "untrained",
        "“his” seems to find “daughter”, but this model is made of random numbers and has learned nothing. With other "
        "random numbers the pattern is another one.",
    ),
)
