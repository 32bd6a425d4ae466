// @ts-check
/**
 * Makes the columns of a table sortable: the header cells become buttons, a second press turns the order round.
 *
 * A classic script, because a browser loads no module from file://. Without it the table stands as it was written.
 */
(function () {
  "use strict";

  /**
   * The value of a cell for comparing: a number where it reads as one, nothing for a dash.
   * @param {string} text
   * @returns {number | string | null}
   */
  function key(text) {
    const written = text.trim();
    if (written === "" || written === "–") return null;
    const plain = /^-?\d{1,3}(,\d{3})+(\.\d+)?$/.test(written) ? written.replaceAll(",", "") : written;
    return /^-?\d+(\.\d+)?$/.test(plain) ? Number(plain) : written;
  }

  const collator = new Intl.Collator("en", { numeric: true });

  /**
   * The order of rows by their keys: numbers before text, missing values last in both directions, equal keys as before.
   * @param {(number | string | null)[]} keys
   * @param {boolean} falling
   * @returns {number[]} indices into keys
   */
  function order(keys, falling) {
    const sign = falling ? -1 : 1;
    return keys
      .map((_, index) => index)
      .sort((a, b) => {
        const [left, right] = [keys[a], keys[b]];
        if (left === null || right === null) return Number(left === null) - Number(right === null) || a - b;
        if (typeof left === "number" && typeof right === "number") return sign * (left - right) || a - b;
        if (typeof left !== typeof right) return sign * (typeof left === "number" ? -1 : 1);
        return sign * collator.compare(String(left), String(right)) || a - b;
      });
  }

  /** @param {HTMLTableElement} table @param {number} column @param {boolean} falling */
  function sort(table, column, falling) {
    const body = table.tBodies[0];
    const rows = Array.from(body.rows);
    const keys = rows.map((row) => key(row.cells[column].textContent || ""));
    body.append(...order(keys, falling).map((index) => rows[index]));
  }

  /** @param {HTMLTableElement} table */
  function wire(table) {
    const headers = Array.from(table.tHead ? table.tHead.rows[0].cells : []);
    headers.forEach((header, column) => {
      const button = document.createElement("button");
      button.type = "button";
      button.append(...header.childNodes);
      header.append(button);
      button.addEventListener("click", () => {
        const falling = header.getAttribute("aria-sort") === "ascending";
        for (const other of headers) other.removeAttribute("aria-sort");
        header.setAttribute("aria-sort", falling ? "descending" : "ascending");
        sort(table, column, falling);
      });
    });
    table.classList.add("ds-sortable");
  }

  function main() {
    for (const table of document.querySelectorAll("table[data-ds-sortable]")) {
      wire(/** @type {HTMLTableElement} */ (table));
    }
  }

  if (typeof module !== "undefined") module.exports = { key, order };
  else if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", main);
  else main();
})();
