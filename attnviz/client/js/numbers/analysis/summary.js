// What many heads come to: the mean of some heads' weights, and attention rollout. By token; whoever shows them groups
// them as weights are grouped. tests/explorer/test_page_summary.py holds them against the package.

import { MOST_ROLLED } from "../../state/schema.js";
import { addedOf, weightsOf } from "../equations/attention.js";
import { grouped } from "../grouping.js";
import { maskName } from "../equations/masks.js";
import { hasLoose } from "../equations/normalizers.js";
import { remembered } from "../remembered.js";

/** @import { State } from "../../state/schema.js" */
/** @import { Grouping } from "../grouping.js" */
/** @import { Numbers } from "../numbers.js" */
/** @import { Part } from "../part.js" */

/** @typedef {[layer: number, head: number]} Place */
/** @typedef {"layer" | "rollout"} OfLayer what stands beside a layer's heads */
/** @typedef {{ of: Exclude<State["of"], "head">, layer: number, heads: Place[] }} Summary of these heads, or of those
 * through a layer */

// What there is of a layer beside its heads: of one head no mean. A rollout adds up one row of words, so there is none
// of a decoder that also looks at a source, nor of its cross-attention (analysis/meanings/rollout.py); and of a long
// text it would hold up the page.
/** @type {(part: Part, layer: number) => OfLayer[]} */
export function besideHeads(part, layer) {
  const isAlone = part.layers.length === 1 && part.layers[0].heads === 1;
  if (isAlone || part.isTiled) return [];
  /** @type {OfLayer[]} */
  const mean = part.layers[layer].heads > 1 ? ["layer"] : [];
  return whyNotRolled(part) ? mean : [...mean, "rollout"];
}

/** @typedef {"" | "source" | "loose" | "long"} WhyNot */

// Why there is no rollout; "" where there is one.
/** @type {(part: Part) => WhyNot} */
export function whyNotRolled(part) {
  const { name, isSquare, queries } = part;
  if (name === "decoder" || name === "cross" || !isSquare) return "source";
  if (hasLoose(part)) return "loose";
  return queries.tokens.length > MOST_ROLLED ? "long" : "";
}

// In place.
/** @type {(sum: Float32Array, matrix: Float32Array) => void} */
function addTo(sum, matrix) {
  for (let i = 0; i < sum.length; i++) sum[i] += matrix[i];
}

// One layer of attention rollout (Abnar & Zuidema 2020, section 3): A · R, where A is half a layer's mean weights and
// half the word itself, and R what came before it; null before the first. A row without any weight stays itself.
/** @type {(mean: Float32Array, n: number, before: Float32Array | null) => Float32Array} */
export function rolledOn(mean, n, before) {
  const rolled = new Float32Array(n * n);
  for (let i = 0; i < n; i++) {
    const row = mean.subarray(i * n, (i + 1) * n);
    const share = 1 / (1 + row.reduce((sum, weight) => sum + weight, 0));
    for (let j = 0; j < n; j++) {
      const mixed = share * (row[j] + (i === j ? 1 : 0));
      if (mixed === 0) continue;
      if (before) for (let c = 0; c < n; c++) rolled[i * n + c] += mixed * before[j * n + c];
      else rolled[i * n + j] = mixed;
    }
  }
  return rolled;
}

export class Summaries {
  /** @param {Numbers} numbers */
  constructor(numbers) {
    this.numbers = numbers;
    /** @type {Map<string, Float32Array>} by layer; of a long text the last few */
    this.means = new Map();
    /** @type {Map<string, Float32Array>} by the heads, the last few */
    this.chosen = new Map();
    /** @type {Map<string, Float32Array>} by layer */
    this.rolled = new Map();
    /** @type {Map<string, Float32Array>} by layer: ones where something came through */
    this.reached = new Map();
    /** @type {{ layer: number, heads: number, sum: Float32Array } | null} a mean of which so many heads are summed */
    this.begun = null;
    /** @type {WeakMap<Float32Array, { grouping: Grouping, values: Float32Array }>} */
    this.groupedOf = new WeakMap();
  }

  // Whether its matrix is at hand.
  /** @type {(of: OfLayer, layer: number) => boolean} */
  knows(of, layer) {
    return (of === "layer" ? this.means : this.rolled).has(String(layer));
  }

  // [token, token]
  /** @type {(summary: Summary) => Float32Array} */
  plain({ of, layer, heads }) {
    if (of === "rollout") return this.rollout(layer);
    if (of === "layer") return this.mean(layer);
    return remembered(this.chosen, heads.join(" "), () => this.meanOf(heads));
  }

  // [row, column], as grouped.
  /** @type {(summary: Summary) => Float32Array} */
  weights(summary) {
    const { grouping, m } = this.numbers;
    const plain = this.plain(summary);
    if (grouping.isPlain) return plain;
    const before = this.groupedOf.get(plain);
    if (before?.grouping === grouping) return before.values;
    const values = grouped(plain, m, grouping);
    this.groupedOf.set(plain, { grouping, values });
    return values;
  }

  // Of one word, [column]; of all words if `everything`, else as filtered.
  /** @type {(summary: Summary, tokens: number[], everything?: boolean) => Float32Array} */
  row(summary, tokens, everything = true) {
    const { all, grouping, m } = this.numbers;
    const { columns } = everything ? all : grouping;
    const rows = [{ word: 0, tokens, label: "", name: "" }];
    return grouped(this.plain(summary), m, { rows, columns, isPlain: false });
  }

  // [row, column] of ones where nothing of the column can come to the row; null where it can everywhere.
  /** @type {(summary: Summary) => Uint8Array | null} */
  blocked({ of, layer, heads }) {
    if (of === "rollout") return this.unreached(layer);
    /** @type {Uint8Array | null} */
    let all = null;
    for (const [i, head] of of === "layer" ? this.headsIn(layer) : heads) {
      const own = this.numbers.blocked(i, head);
      if (!own) return null;
      all = all ? all.map((blocked, at) => blocked & own[at]) : own;
    }
    return all;
  }

  // One head more of a layer's mean, since all of them take a while on a long text; whether the matrix is at hand now.
  /** @type {(of: OfLayer, layer: number) => boolean} */
  step(of, layer) {
    if (this.knows(of, layer)) return true;
    if (of === "rollout") {
      this.rollout(layer);
      return true;
    }
    const { numbers } = this;
    if (this.begun?.layer !== layer) this.begun = { layer, heads: 0, sum: new Float32Array(numbers.n * numbers.m) };
    const { begun } = this;
    addTo(begun.sum, this.weightsIn(layer, begun.heads));
    begun.heads += 1;
    const { heads } = numbers.part.layers[layer];
    if (begun.heads < heads) return false;
    this.begun = null;
    this.keep(this.means, String(layer), () => begun.sum.map((value) => value / heads));
    return true;
  }

  /** @type {(layer: number) => Float32Array} */
  mean(layer) {
    return this.keep(this.means, String(layer), () => this.meanOf(this.headsIn(layer)));
  }

  /** @type {(heads: Place[], count?: number) => Float32Array} */
  meanOf(heads, count = heads.length) {
    const { numbers } = this;
    const sum = new Float32Array(numbers.n * numbers.m);
    for (const [layer, head] of heads) addTo(sum, this.weightsIn(layer, head));
    return sum.map((value) => value / count);
  }

  // [token, token] of a head. (Of all heads at once, they would push the ones that are looked at out of what is kept.)
  /** @type {(layer: number, head: number) => Float32Array} */
  weightsIn(layer, head) {
    const { numbers } = this;
    const kept = numbers.exact.get(`${layer}.${head}`) ?? numbers.computed.get(`${layer}.${head}`);
    return kept ?? (numbers.hasLayer(layer) ? weightsOf(numbers.part, layer, head) : numbers.plain(layer, head));
  }

  // Heads that are switched off count as none.
  /** @type {(layer: number) => Float32Array} */
  rollout(layer) {
    return this.keep(this.rolled, String(layer), () => {
      const [all, on] = [this.headsIn(layer), this.headsOn(layer)];
      const mean = on.length === all.length ? this.mean(layer) : this.meanOf(on, all.length);
      return rolledOn(mean, this.numbers.n, layer > 0 ? this.rollout(layer - 1) : null);
    });
  }

  // As `blocked`, of a rollout.
  /** @type {(layer: number) => Uint8Array | null} */
  unreached(layer) {
    const { part, grouping, m } = this.numbers;
    if (part.layers.slice(0, layer + 1).every(({ extra }) => extra === null)) return null;
    const cells = Uint8Array.from(grouped(this.reach(layer), m, grouping), (share) => Number(share === 0));
    return cells.includes(1) ? cells : null;
  }

  // [token, token] of ones where something came through the layers up to this one.
  /** @type {(layer: number) => Float32Array} */
  reach(layer) {
    return this.keep(this.reached, String(layer), () => {
      const before = layer > 0 ? this.reach(layer - 1) : null;
      return rolledOn(this.allowed(layer), this.numbers.n, before).map((share) => Number(share > 0));
    });
  }

  // [token, token] of ones where a head that is on may look.
  /** @type {(layer: number) => Float32Array} */
  allowed(layer) {
    const { part, n, m } = this.numbers;
    const allowed = new Float32Array(n * m);
    const heads = new Map(this.headsOn(layer).map(([, head]) => [maskName(part, layer, head), head]));
    for (const head of heads.values()) {
      const added = addedOf(part, layer, head);
      for (let i = 0; i < n; i++) {
        const row = added?.row(i);
        for (let j = 0; j < m; j++) if (row?.[j] !== -Infinity) allowed[i * m + j] = 1;
      }
    }
    return allowed;
  }

  /** @type {(layer: number) => Place[]} */
  headsIn(layer) {
    return this.numbers.heads.filter(([of]) => of === layer);
  }

  /** @type {(layer: number) => Place[]} */
  headsOn(layer) {
    return this.headsIn(layer).filter(([, head]) => !this.numbers.part.isOff(layer, head));
  }

  // Computed once; of a long text the last few are kept.
  /** @type {(map: Map<string, Float32Array>, name: string, compute: () => Float32Array) => Float32Array} */
  keep(map, name, compute) {
    const { n, m } = this.numbers;
    if (n * m > MOST_ROLLED ** 2) return remembered(map, name, compute);
    const found = map.get(name) ?? compute();
    map.set(name, found);
    return found;
  }
}
