// Formulas: TeX as KaTeX writes it (attnviz/client/katex, which stands before this script where there are formulas).

/** @typedef {{ render: (tex: string, element: HTMLElement, options: object) => void }} Katex */

const FAMILIES = /** @type {const} */ ([
  ["Main-Regular", "KaTeX_Main", "normal"],
  ["Math-Italic", "KaTeX_Math", "italic"],
  ["Size1-Regular", "KaTeX_Size1", "normal"],
  ["Size2-Regular", "KaTeX_Size2", "normal"],
  ["Size3-Regular", "KaTeX_Size3", "normal"],
  ["Size4-Regular", "KaTeX_Size4", "normal"],
]);

/** @typedef {{ katex?: Katex, katexFonts?: Record<string, string> }} Around */

const around = /** @type {Around} */ (/** @type {unknown} */ (globalThis));
let hasFonts = false;

// A formula, in an element; one of numbers may be broken into lines. It is text that was made here: words in it are
// escaped (walk/steps/shown.js).
/** @type {(element: HTMLElement, tex: string, mayBreak?: boolean) => void} */
export function writeFormula(element, tex, mayBreak = false) {
  if (element.dataset.tex === tex) return;
  element.dataset.tex = tex;
  addFonts();
  if (!around.katex) {
    element.textContent = tex;
    return;
  }
  around.katex.render(mayBreak ? `\\displaystyle ${tex}` : tex, element, {
    displayMode: !mayBreak,
    throwOnError: false,
    strict: "ignore", // a word may be of any script
    trust: false,
    output: "htmlAndMathml",
  });
}

// A font that is said in a shadow's style is none: they are given to the document.
function addFonts() {
  if (hasFonts || !around.katexFonts) return;
  hasFonts = true;
  for (const [file, family, style] of FAMILIES) {
    const bytes = Uint8Array.from(atob(around.katexFonts[file]), (character) => character.charCodeAt(0));
    const font = new FontFace(family, bytes, { style, weight: "normal" });
    document.fonts.add(font);
    font.load().catch(() => {}); // without it the page's own font stands in
  }
}
