// Written by attnviz/client/schema (schema.write()): not by hand.

export const CHOICES = {
  show: ["heatmap", "lines", "difference", "matrix"],
  words: ["pieces", "words", "joined"],
  filter: ["all", "AA", "AB", "BA", "BB"],
  scale: ["fixed", "own"],
  of: ["head", "layer", "chosen", "rollout"],
  pane: ["way", "explore", "why", "row", "build", "kinds", "next", "tries"],
  walk: ["words", "ids", "embeddings", "positions", "projections", "score", "row", "scores", "scaled", "masked", "softmax", "context", "heads", "concatenated", "output", "residual", "feed_forward", "second_residual", "layers", "probabilities"],
};
export const WALK = ["words", "ids", "embeddings", "positions", "projections", "score", "row", "scores", "scaled", "masked", "softmax", "context", "heads", "concatenated", "output", "residual", "feed_forward", "second_residual", "layers", "probabilities"];
export const IN_ADDRESS = ["part", "layer", "head", "query", "key", "second", "over", "of", "show", "words", "filter", "specials", "scale", "present", "pane", "walk", "switched", "at", "layer_b", "head_b"];
export const MOST_OVER = 4;
export const MOST_SWITCHED = 12000;
export const MOST_ROLLED = 128;
export const WHOLE = 64;
export const SQUARE = 512;
export const CELLS = 1024;
export const THUMBNAIL = 40;

/** @type {{ light: Palette, dark: Palette }} */
export const PALETTES = {
  light: {
    text: "#1f2430",
    faint: "#6b7280",
    grid: "#e3e4e8",
    blocked: "#e3e4e8",
    accent: "#e69f00",
    roles: {"q": "#1d5fd1", "k": "#b45309", "v": "#15803d", "output": "#7c3aed"},
    weights: [[0.0, "#ffffff"], [0.0625, "#cfdcf3"], [0.25, "#86a5de"], [0.5625, "#3f62b5"], [1.0, "#14246b"]],
    signed: [[0.0, "#0b3c8c"], [0.25, "#5b9bd5"], [0.5, "#ffffff"], [0.75, "#e8836b"], [1.0, "#9b1326"]],
  },
  dark: {
    text: "#e6e8ee",
    faint: "#9aa1ae",
    grid: "#2a2f3a",
    blocked: "#3a3f4b",
    accent: "#ffb92e",
    roles: {"q": "#7fb0ff", "k": "#f5a35c", "v": "#5fce85", "output": "#b79cff"},
    weights: [[0.0, "#171b24"], [0.0625, "#24365c"], [0.25, "#3c64b0"], [0.5625, "#7ba6ee"], [1.0, "#eef5ff"]],
    signed: [[0.0, "#a9d1ff"], [0.25, "#3f7fc4"], [0.5, "#171b24"], [0.75, "#c4573f"], [1.0, "#ffc2ae"]],
  },
};

/**
 * What is chosen.
 *
 * @typedef {object} State
 * @property {"" | "encoder" | "decoder" | "cross" | "image" | "text"} part
 * @property {number} layer
 * @property {number} head
 * @property {number} query
 * @property {number | null} key
 * @property {[number, number] | null} second
 * @property {[number, number][]} over
 * @property {"head" | "layer" | "chosen" | "rollout"} of
 * @property {"heatmap" | "lines" | "difference" | "matrix"} show
 * @property {"pieces" | "words" | "joined"} words
 * @property {"all" | "AA" | "AB" | "BA" | "BB"} filter
 * @property {boolean} specials
 * @property {"fixed" | "own"} scale
 * @property {number} present
 * @property {"way" | "explore" | "why" | "row" | "build" | "kinds" | "next" | "tries"} pane
 * @property {"words" | "ids" | "embeddings" | "positions" | "projections" | "score" | "row" | "scores" | "scaled" | "masked" | "softmax" | "context" | "heads" | "concatenated" | "output" | "residual" | "feed_forward" | "second_residual" | "layers" | "probabilities"} walk
 * @property {string} switched
 * @property {number} at
 */

/**
 * What a row or a column of weights stands for.
 *
 * @typedef {object} Token
 * @property {string} label
 * @property {string} name
 * @property {string} title
 * @property {boolean} special
 * @property {boolean} continues
 * @property {boolean} unknown
 * @property {boolean} mask
 * @property {number | null} word
 * @property {number} segment
 * @property {[number, number]} [time]
 * @property {[number, number, number, number]} [box]
 */

/**
 * [token]: the word that each token belongs to, in both ways of merging.
 *
 * @typedef {object} WordsOf
 * @property {number[]} words
 * @property {number[]} joined
 */

/**
 * Label and name of each word of several tokens, by its first one.
 *
 * @typedef {object} MergedOf
 * @property {Record<number, [string, string]>} words
 * @property {Record<number, [string, string]>} joined
 */

/**
 * A picture: its size, and the array of its pixels, [row, column, 3].
 *
 * @typedef {object} PictureOf
 * @property {number} columns
 * @property {number} rows
 * @property {string} pixels
 */

/**
 * A sound: how it is played and seen. Arrays by name: its samples, and its spectrogram [frame, band], 0 to 255.
 *
 * @typedef {object} SoundOf
 * @property {number} rate
 * @property {string} samples
 * @property {string} heard
 * @property {number} frames
 * @property {number} bands
 * @property {number} seconds
 */

/**
 * A row of tokens: a text, a source, a target, a picture, a sound.
 *
 * @typedef {object} Row
 * @property {Token[]} tokens
 * @property {WordsOf} words
 * @property {MergedOf} merged
 * @property {boolean} fromRight
 * @property {PictureOf} [picture]
 * @property {SoundOf} [sound]
 */

/**
 * How a layer makes its vectors, step after step.
 *
 * @typedef {object} Projection
 * @property {string[]} q
 * @property {string[]} k
 * @property {string[]} v
 */

/**
 * One layer of a part.
 *
 * @typedef {object} Layer
 * @property {number} heads
 * @property {number} kvHeads
 * @property {number} dHead
 * @property {number} dValue
 * @property {number} scale
 * @property {number} temperature
 * @property {Projection | null} projection
 * @property {string | null} extra
 * @property {string[]} added
 * @property {"softmax" | "relu" | "polynomial" | "hard"} [normalizer]
 * @property {[number, number][]} [byHand]
 * @property {boolean} [loose]
 */

/**
 * A part of a model: who looks at whom, and its layers.
 *
 * @typedef {object} PartHeader
 * @property {"" | "encoder" | "decoder" | "cross" | "image" | "text"} name
 * @property {string} queries
 * @property {string} keys
 * @property {Layer[]} layers
 */

/**
 * What the page chooses while nobody does: it need not stand in the address.
 *
 * @typedef {object} Own
 * @property {"" | "encoder" | "decoder" | "cross" | "image" | "text"} part
 * @property {Record<string, number>} queries
 */

/**
 * How alike a picture and a text are to a model that reads both.
 *
 * @typedef {object} Similarity
 * @property {number} cosine
 * @property {number} scale
 * @property {number} logit
 */

/**
 * What is said of a trace beside its arrays.
 *
 * @typedef {object} Header
 * @property {"trace"} kind
 * @property {string} id
 * @property {string} model
 * @property {Record<string, Row>} rows
 * @property {PartHeader[]} parts
 * @property {string[]} off
 * @property {Sentences} sentences
 * @property {Record<string, unknown>} first
 * @property {Own} [own]
 * @property {boolean} [selfContained]
 * @property {boolean} [byLayer]
 * @property {Record<string, Record<string, number[]>[]>} [scales]
 * @property {boolean} [moves]
 * @property {Similarity} [similarity]
 * @property {"" | "encoder" | "decoder" | "cross" | "image" | "text"} [part]
 * @property {[number, number][]} [heads]
 * @property {number[]} [queries]
 */

/**
 * A head's weight of one word on another, and what stands beside it.
 *
 * @typedef {object} Link
 * @property {number} layer
 * @property {number} head
 * @property {number} weight
 * @property {number | null} others
 * @property {number | null} position
 * @property {number | null} untrained
 * @property {boolean} [forced]
 */

/**
 * All heads' links between two tokens.
 *
 * @typedef {object} Links
 * @property {number} query
 * @property {number} key
 * @property {Link[]} heads
 */

/**
 * What a head does, in figures; what needs one row of words is not there where there are two.
 *
 * @typedef {object} HeadNotes
 * @property {string} character
 * @property {number | null} entropy
 * @property {number} special
 * @property {number} choosing
 * @property {number} first
 * @property {number | null} [distance]
 * @property {number | null} [previous]
 * @property {number | null} [following]
 * @property {number | null} [itself]
 */

/**
 * A head that is worth a look, the word of which it has something to say, and what that is.
 *
 * @typedef {object} Interesting
 * @property {string} kind
 * @property {number} layer
 * @property {number} head
 * @property {number} query
 * @property {string} said
 */

/**
 * What a model says for a word that is hidden ("masked"), after it ("next"), or of a picture ("answer"): by token,     the most probable words and how probable they are.
 *
 * @typedef {object} Guesses
 * @property {"masked" | "next" | "answer"} predicts
 * @property {Record<number, [string, number][]>} words
 * @property {Record<string, Record<number, [string, number][]>>} [without]
 */

/**
 * Notes on the heads of a part: [layer][head].
 *
 * @typedef {object} PartNotes
 * @property {HeadNotes[][]} heads
 * @property {Interesting[]} interesting
 * @property {Links} [links]
 * @property {Guesses} [guesses]
 * @property {[number, number][] | null} [map]
 */

/**
 * What follows a trace: of each part's heads, and who is who.
 *
 * @typedef {object} Notes
 * @property {string} id
 * @property {Record<string, PartNotes>} parts
 * @property {Record<number, string>} roles
 */

/**
 * How a row is told (analysis/saying.py).
 *
 * @typedef {object} Sentences
 * @property {Record<string, string>} templates
 * @property {number} times
 * @property {number} least
 * @property {number} most
 */

/**
 * The package's own numbers for a choice: of which heads and queries its arrays are.
 *
 * @typedef {object} Answer
 * @property {string} id
 * @property {"" | "encoder" | "decoder" | "cross" | "image" | "text"} part
 * @property {[number, number][]} heads
 * @property {number[]} queries
 * @property {number} [sequence]
 * @property {State} [state]
 * @property {Links} [links]
 * @property {Guesses} [guesses]
 * @property {[number, number][] | null} [map]
 * @property {boolean} [hears]
 */

/**
 * A row, and column, of a comparison: what stands there of A and of B.
 *
 * @typedef {object} ComparedRow
 * @property {string} label
 * @property {[number[] | null, number[] | null]} tokens
 * @property {[string | null, string | null]} words
 * @property {boolean} changed
 */

/**
 * The columns of a comparison, where they are other words than the rows.
 *
 * @typedef {object} ComparedColumns
 * @property {ComparedRow[]} rows
 * @property {ComparedRow[]} [merged]
 */

/**
 * How the words of two parts are aligned; no rows where one is of two rows of words and the other of others.
 *
 * @typedef {object} Alignment
 * @property {["" | "encoder" | "decoder" | "cross" | "image" | "text", "" | "encoder" | "decoder" | "cross" | "image" | "text"]} parts
 * @property {ComparedRow[]} rows
 * @property {ComparedRow[]} [merged]
 * @property {ComparedColumns} [columns]
 */

/**
 * What is compared: two traces, how their words are aligned, and what is to be said besides.
 *
 * @typedef {object} Comparison
 * @property {[string, string]} ids
 * @property {[string, string]} names
 * @property {"heads" | "sentences" | "models"} mode
 * @property {boolean} follows
 * @property {boolean} alike
 * @property {string[]} notes
 * @property {Alignment[]} alignments
 */

/**
 * The colours of one theme.
 *
 * @typedef {object} Palette
 * @property {string} text
 * @property {string} faint
 * @property {string} grid
 * @property {string} blocked
 * @property {string} accent
 * @property {Record<string, string>} roles
 * @property {[number, string][]} weights
 * @property {[number, string][]} signed
 */
