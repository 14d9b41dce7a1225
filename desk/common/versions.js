// How versions of an algorithm are shown.

/** @typedef {{ algo_name: string, algo_version: string }} AlgorithmVersion */

// Apart from each other for all eyes (after Okabe and Ito), and from a yellow card.
const ON_LIGHT = ["#0057b8", "#c2255c", "#087f5b", "#6741d9", "#b34700", "#0b7285", "#5c3d2e", "#343a40"];
const ON_DARK = ["#4d9fff", "#ff6b9d", "#38d9a9", "#b197fc", "#ffa94d", "#3bc9db", "#d9a78b", "#ced4da"];

/** @param {number} index */
export function versionColour(index, { dark = false } = {}) {
  const colours = dark ? ON_DARK : ON_LIGHT;
  return colours[index % colours.length];
}

/** @param {AlgorithmVersion} version */
export function versionTitle({ algo_name: name, algo_version: version }) {
  return `${versionDate(version)} ${name}`;
}

/** @param {string} version `<unix seconds>-<md5>` */
export function versionDate(version) {
  const seconds = Number(version.split("-")[0]);
  return Number.isFinite(seconds) ? new Date(seconds * 1000).toISOString().slice(0, 16).replace("T", " ") : version;
}
