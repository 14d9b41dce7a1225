import js from "@eslint/js";
import globals from "globals";

export default [
  { ignores: ["**/vendor/", "**/.venv/", "data/", "demo-data/", "output/"] },
  js.configs.recommended,
  {
    rules: {
      eqeqeq: "error",
      "no-implicit-coercion": "error",
      "no-shadow": "error",
      "no-var": "error",
      "object-shorthand": "error",
      "prefer-const": "error",
      "no-unused-vars": ["error", { argsIgnorePattern: "^_" }],
    },
  },
  {
    files: ["desk/**/*.js"],
    languageOptions: { globals: { ...globals.browser, OpenSeadragon: "readonly", uPlot: "readonly" } },
  },
  { files: ["stickypi/**/*.js"], languageOptions: { sourceType: "script", globals: globals.browser } },
  { files: ["bin/*.js"], languageOptions: { globals: globals.node } },
];
