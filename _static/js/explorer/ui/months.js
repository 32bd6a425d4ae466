// @ts-check
// Days of the data as bars of a month, or of a year where there are many. No DOM.

/** @typedef {{name: string, from: string, to: string, days: number[]}} Span days: places in the column's values */

const MOST = 48; // bars that a narrow panel can show

/** @param {string[]} days ISO dates, ascending @returns {Span[]} without gaps, the first to the last that has a day */
export function spansOf(days) {
  if (!days.length) return [];
  const months = monthNumber(days[days.length - 1]) - monthNumber(days[0]) + 1;
  const step = months <= MOST ? 1 : months <= 4 * MOST ? 3 : 12;
  const first = Math.floor(monthNumber(days[0]) / step);
  const count = Math.floor(monthNumber(days[days.length - 1]) / step) - first + 1;
  const spans = Array.from({ length: count }, (_, at) => {
    const month = (first + at) * step;
    return { name: named(month, step), from: dayOf(month, 1), to: dayOf(month + step, 0), days: /** @type {number[]} */ ([]) };
  });
  days.forEach((day, at) => spans[Math.floor(monthNumber(day) / step) - first].days.push(at));
  return spans;
}

/** @param {Span[]} spans @param {ArrayLike<number>} counts of each day @returns {number[]} of each span */
export function spanCounts(spans, counts) {
  return spans.map((span) => span.days.reduce((sum, day) => sum + counts[day], 0));
}

/** @param {string} day */
function monthNumber(day) {
  return Number(day.slice(0, 4)) * 12 + Number(day.slice(5, 7)) - 1;
}

/** @param {number} month @param {number} step */
function named(month, step) {
  const date = new Date(Date.UTC(Math.floor(month / 12), month % 12, 1));
  if (step === 12) return String(date.getUTCFullYear());
  const text = date.toLocaleDateString("en-GB", { month: "short", year: "numeric", timeZone: "UTC" });
  return step === 1 ? text : `${text} and the two months after`;
}

/** @param {number} month @param {number} day 0 is the last day of the month before */
function dayOf(month, day) {
  return new Date(Date.UTC(Math.floor(month / 12), ((month % 12) + 12) % 12, day)).toISOString().slice(0, 10);
}
