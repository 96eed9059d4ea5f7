// What of the sentence is shown: special tokens, word pieces merged, one direction of a pair. Only what it has.

export class Options {
  constructor(row, explorer) {
    const find = (name) => row.querySelector(name);
    this.specials = find(".specials input");
    this.words = find(".words-pick select");
    this.filter = find(".filter select");
    this.specials.onchange = () => explorer.choose({ specials: this.specials.checked });
    this.words.onchange = () => explorer.choose({ words: this.words.value });
    this.filter.onchange = () => explorer.choose({ filter: this.filter.value });
  }

  draw({ tokens, words }, state) {
    this.specials.checked = state.specials;
    this.words.value = state.words;
    this.filter.value = state.filter;
    show(
      this.specials,
      tokens.some((token) => token.special),
    );
    show(
      this.words,
      ["words", "joined"].some((way) => new Set(words[way]).size < tokens.length),
    );
    show(
      this.filter,
      tokens.some((token) => token.segment),
    );
  }
}

function show(control, isUsed) {
  control.closest("label").hidden = !isUsed;
}
