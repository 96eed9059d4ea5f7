// The record of one run of a model in the page: what attnviz/transformer.py keeps of a run, by the same names. Matrices
// are rows of plain numbers in one array, row after row; tests/explorer/test_page_model.py holds them against the
// package's.

/**
 * @typedef {object} Matrix
 * @property {number} rows
 * @property {number} columns
 * @property {Float64Array} values row after row
 */

/** @import { Row } from "../state/schema.js" */

/** @typedef {"w_q" | "w_k" | "w_v" | "w_o"} MatrixName */
/** @typedef {[scale: Float64Array, shift: Float64Array]} Norm of a layer norm */
/** @typedef {{ layer: number, matrix: MatrixName, row: number, column: number, value: number }} NumberSet */
/** @typedef {{ layer: number, head: number, query: number, weights: ArrayLike<number> }} RowSet */

/**
 * What may be done otherwise in a run, as attnviz/request.py has it. What is not there is not changed.
 *
 * @typedef {object} Changes
 * @property {[layer: number, head: number][]} [off] heads that hand nothing on
 * @property {{ kind: "bidirectional" | "causal" | "window" | "dilated", width?: number, step?: number }} [mask] beside
 *   the model's own, which "bidirectional" lifts
 * @property {boolean} [root] false: the scores are not divided by √d_head
 * @property {number} [temperature]
 * @property {"softmax" | "relu" | "polynomial" | "hard"} [normalizer] what makes weights of masked scores
 * @property {boolean} [places] false: neither added nor turned by: the model does not know where words stand
 * @property {NumberSet[]} [numbers] of a weight matrix, set by hand
 * @property {RowSet[]} [rows] of weights, set by hand after the softmax
 */

/**
 * One head of a layer, all of [token, …]. Made when somebody asks (`LayerRun.head`).
 *
 * @typedef {object} HeadRun
 * @property {Matrix} projectedQ X · W_Q (+ b) of this head, before it is turned by its place
 * @property {Matrix} projectedK
 * @property {Matrix} q the same, turned; `projectedQ` itself where nothing turns
 * @property {Matrix} k
 * @property {Matrix} v
 * @property {Matrix} scores q · k, [query, key]
 * @property {Matrix} scaled scores · scale
 * @property {Matrix} masked scaled, -Infinity where a query may not look
 * @property {Matrix} weights
 * @property {Matrix} context weights · v, zeros where the head is off
 */

/**
 * One layer. What a model leaves out, or what is not known of it, is null.
 *
 * @typedef {object} LayerRun
 * @property {Matrix | null} before what the layer was given (the residual stream)
 * @property {Matrix | null} input what Q, K and V are made of: norm(before) in pre-norm
 * @property {(head: number) => HeadRun} head
 * @property {Matrix} concatenated the heads' contexts side by side
 * @property {Matrix | null} output concatenated · W_O
 * @property {Matrix | null} attended after the first add (& norm)
 * @property {Matrix | null} feedForwardInput
 * @property {Matrix | null} hidden inside the feed-forward, after the ReLU
 * @property {Matrix | null} feedForward
 * @property {Matrix | null} after what the next layer is given
 */

/**
 * A whole run.
 *
 * @typedef {object} Run
 * @property {number[]} ids
 * @property {Changes} changes
 * @property {Matrix | null} embedded
 * @property {Matrix | null} placed the same with positions added (the very same where none are)
 * @property {LayerRun[]} layers
 * @property {Matrix | null} final after the last norm
 * @property {Matrix | null} logits [token, word]
 * @property {(token: number) => Float64Array | null} probabilities the softmax of a row of the logits
 */

/**
 * The weights of a layer that are looked at, [in, out]; null where they are not known.
 *
 * @typedef {object} LayerWeights
 * @property {Matrix | null} w_q [d_model, head · d_head]
 * @property {Matrix | null} w_k
 * @property {Matrix | null} w_v
 * @property {Matrix | null} w_o [head · d_head, d_model]
 * @property {Float64Array | null} b_q biases; null where there are none
 * @property {Float64Array | null} b_k
 * @property {Float64Array | null} b_v
 * @property {Float64Array | null} b_o
 * @property {Norm | null} norm_1
 * @property {Norm | null} norm_2
 * @property {Matrix | null} w_1 of the feed-forward
 * @property {Float64Array | null} b_1
 * @property {Matrix | null} w_2
 * @property {Float64Array | null} b_2
 */

/**
 * The shape of a model, and what is fixed in it. Of a pretrained model only the attention of one layer is known:
 * `positions`, `norm` and `d_ff` are null. A random module has no norm, and no feed-forward (0).
 *
 * @typedef {object} Config
 * @property {"trained" | "random" | "pretrained"} kind
 * @property {string} name
 * @property {string} title for a person
 * @property {number} heads
 * @property {number} kv_heads fewer than heads where these share keys and values
 * @property {number} d_model
 * @property {number} d_head
 * @property {number} d_value
 * @property {number | null} d_ff 0: no feed-forward
 * @property {"rotary" | "sinusoidal" | "learned" | "none" | null} positions
 * @property {"pre" | "post" | null} norm
 * @property {boolean} causal
 * @property {boolean} tied
 * @property {"masked" | "next" | null} predicts
 * @property {number} scale what the scores are multiplied by: 1/√d_head in most models
 * @property {number} temperature
 * @property {number} epsilon of the layer norms
 * @property {number} rotary_base
 * @property {number} longest most tokens of a text
 * @property {number} layer the number of the first layer that is here: 0, or the one layer of a pretrained model
 * @property {number[]} off heads of that layer that were off in the run that it was taken from
 * @property {string | null} unknown why X and the matrices of a pretrained model are not known, in a sentence
 */

/** @typedef {{ ids: number[], row: Row, cut: number | null }} Read `cut`: the character at which the text was cut */

/**
 * A model in the page. A run's changes name layers by the model's own numbers; one that cannot be made throws an Error
 * with a sentence.
 *
 * @typedef {object} PageModel
 * @property {Config} config
 * @property {LayerWeights[]} layers
 * @property {Matrix | null} embedding [word, d_model]
 * @property {Matrix | null} unembedding [word, d_model]
 * @property {Float64Array | null} bias of the logits
 * @property {Norm | null} norm the last
 * @property {string[]} words by id; empty where it knows none
 * @property {(text: string) => Read} read the tokens of a text; throws an Error with a sentence
 *   for a text that it cannot read
 * @property {(ids: number[], changes?: Changes) => Run} run
 */

// A matrix of zeros.
/** @type {(rows: number, columns: number) => Matrix} */
export function zeros(rows, columns) {
  return { rows, columns, values: new Float64Array(rows * columns) };
}

// A row of a matrix, in place.
/** @type {(matrix: Matrix, row: number) => Float64Array} */
export function rowOf({ columns, values }, row) {
  return values.subarray(row * columns, (row + 1) * columns);
}
