import assert from "node:assert/strict";
import test from "node:test";
import { spanCounts, spansOf } from "../../../_static/js/explorer/ui/months.js";

test("there is a bar for every month from the first day to the last, empty ones too", () => {
  const spans = spansOf(["2017-11-30", "2018-01-01", "2018-02-28"]);
  assert.deepEqual(spans.map(({ from, to }) => `${from} ${to}`), [
    "2017-11-01 2017-11-30", "2017-12-01 2017-12-31", "2018-01-01 2018-01-31", "2018-02-01 2018-02-28",
  ]);
  assert.deepEqual(spanCounts(spans, [3, 4, 5]), [3, 0, 4, 5]);
});

test("many years are bars of a quarter or a year, and no day is lost", () => {
  for (const [last, step] of [["2021-12-31", 3], ["2060-01-01", 12]]) {
    const days = ["2010-02-03", "2015-06-07", last];
    const spans = spansOf(days);
    assert.equal(spanCounts(spans, [1, 2, 4]).reduce((sum, count) => sum + count), 7);
    for (const [at, day] of days.entries()) {
      const span = spans.find(({ days: held }) => held.includes(at));
      assert.ok(span.from <= day && day <= span.to, `${day} in ${span.from} to ${span.to} with steps of ${step}`);
    }
    for (let at = 1; at < spans.length; at++) {
      assert.equal(Date.parse(spans[at].from) - Date.parse(spans[at - 1].to), 86400000, "the spans leave no gap");
    }
  }
});

test("days before the epoch, and none at all", () => {
  assert.deepEqual(spansOf(["1969-12-31"]).map(({ from, to }) => [from, to]), [["1969-12-01", "1969-12-31"]]);
  assert.deepEqual(spansOf([]), []);
});
