// @ts-check
/** Which labels a result shares with the query. No DOM. */

/**
 * @param {string[] | null | undefined} asked labels of the query; null: it has none that are known
 * @param {string[] | null | undefined} found labels of the result
 * @returns {{labels: {name: string, common: boolean}[], shared: number}} those in common first, both in their own order
 */
export function compared(asked, found) {
  const wanted = new Set(asked ?? []);
  const labels = (found ?? []).map((name) => ({ name, common: wanted.has(name) }));
  const shared = labels.filter((label) => label.common).length;
  return { labels: [...labels.filter((label) => label.common), ...labels.filter((label) => !label.common)], shared };
}

/**
 * In one sentence, how the labels of results agree with those of the query.
 * @param {string[] | null | undefined} asked @param {(string[] | null | undefined)[]} found of each result
 * @returns {string} empty where the query has no labels
 */
export function agreement(asked, found) {
  if (!asked?.length || !found.length) return "";
  const some = found.filter((labels) => compared(asked, labels).shared > 0).length;
  const all = found.filter((labels) => compared(asked, labels).shared === asked.length).length;
  const of = `of ${found.length}`;
  if (asked.length === 1) return `${some} ${of} ${some === 1 ? "has" : "have"} its label`;
  return `${some} ${of} ${some === 1 ? "shares" : "share"} a label with it, ${all} ${all === 1 ? "has" : "have"} all of its ${asked.length}`;
}

/** A distance with three digits that count. @param {number} value */
export function distance(value) {
  if (!Number.isFinite(value)) return "\u2013";
  if (value === 0) return "0";
  return value >= 1000 || value < 0.001 ? value.toExponential(2) : value.toPrecision(3);
}
