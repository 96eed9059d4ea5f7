// Rules for the page's JavaScript: ESLint's recommended ones, and what keeps modules small and plain.

import js from "@eslint/js";
import globals from "globals";

// A browser has globals by these names, so that a forgotten declaration or import would pass unseen.
const MISLEADING = ["event", "find", "focus", "length", "name", "origin", "parent", "scroll", "self", "status", "top"];
const NETWORK = ["EventSource", "WebSocket", "XMLHttpRequest", "fetch"];

export default [
  { ignores: ["**/.*/", "**/site-packages/", "build/", "dist/", "attnviz/client/katex/"] },
  { linterOptions: { reportUnusedDisableDirectives: "error", noInlineConfig: true } },
  js.configs.recommended,
  {
    rules: {
      "array-callback-return": "error",
      "complexity": ["error", 15],
      "consistent-return": ["error", { treatUndefinedAsUnspecified: true }],
      "curly": ["error", "multi-line"],
      "default-case-last": "error",
      "eqeqeq": "error",
      "max-depth": ["error", 4],
      "max-len": ["error", { code: 120 }],
      "max-lines": ["error", 260],
      "max-params": ["error", 6],
      "no-else-return": "error",
      "no-eval": "error",
      "no-implicit-globals": "error",
      "no-implied-eval": "error",
      "no-param-reassign": "error",
      "no-restricted-globals": ["error", ...MISLEADING, ...NETWORK],
      "no-self-compare": "error",
      "no-shadow": "error",
      "no-unneeded-ternary": "error",
      "no-unused-vars": ["error", { args: "all", argsIgnorePattern: "^_" }],
      "no-useless-rename": "error",
      "no-useless-return": "error",
      "no-var": "error",
      "object-shorthand": "error",
      "prefer-arrow-callback": "error",
      "prefer-const": "error",
      "prefer-template": "error",
    },
  },
  { files: ["attnviz/**/*.js"], languageOptions: { globals: globals.browser } },
  {
    // Text goes into the page as text, and nothing is asked of another host.
    files: ["attnviz/**/*.js"],
    rules: {
      "no-console": "error",
      "no-restricted-properties": [
        "error",
        ...["innerHTML", "outerHTML", "insertAdjacentHTML"].map((property) => ({ property })),
        { object: "document", property: "write" },
      ],
    },
  },
  // Written by a program, which a reader need not read.
  {
    // Prose: a sentence stands on a line of its own.
    files: ["attnviz/client/js/walk/**/*.js"],
    rules: { "max-len": ["error", { code: 120, ignoreStrings: true, ignoreTemplateLiterals: true }] },
  },
  { files: ["attnviz/client/js/state/schema.js"], rules: { "max-len": "off", "max-lines": "off" } },
  { files: ["*.js", "tests/**/*.js"], languageOptions: { globals: globals.node } },
];
