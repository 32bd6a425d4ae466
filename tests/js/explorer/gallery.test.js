// Where the cells of the gallery lie, which keys lead where, and which cell of a sheet is of a row.
import assert from "node:assert/strict";
import test from "node:test";
import { LONGEST, layOut, moved, reveal, scrolledFor, seen, topOf } from "../../../_static/js/explorer/gallery/geometry.js";
import { indexOf, placeOf } from "../../../_static/js/explorer/gallery/place.js";

const small = { count: 103, width: 344, view: 300, wanted: 64, gap: 4, caption: 0 };

test("cells fill the width, and lines hold all of them", () => {
  for (let width = 20; width < 900; width += 7) {
    for (const wanted of [32, 72, 256]) {
      const grid = layOut({ ...small, width, wanted });
      const used = grid.columns * grid.size + (grid.columns - 1) * 4;
      assert.ok(used <= width && width - used < grid.columns, `${width} ${wanted}`);
      assert.equal(grid.lines, Math.ceil(103 / grid.columns));
      assert.ok(grid.columns === 1 || grid.size >= wanted);
    }
  }
});

test("a million cells are shorter than what a browser allows, and each can be reached", () => {
  const grid = layOut({ ...small, count: 1_000_000, wanted: 256 });
  assert.ok(grid.height > LONGEST);
  assert.equal(grid.real, LONGEST);
  assert.equal(topOf(grid, 0), 0);
  const end = topOf(grid, grid.real - grid.view);
  assert.equal(end, grid.height - grid.view);
  assert.equal(seen(grid, end)[1], grid.lines);
  for (let line = 0; line < grid.lines; line += 4321) {
    const top = topOf(grid, scrolledFor(grid, line * grid.pitch));
    assert.ok(Math.abs(top - Math.min(line * grid.pitch, grid.height - grid.view)) < 1e-3);
  }
});

test("what fits is not stretched, and what is shorter than the view does not scroll", () => {
  const grid = layOut(small);
  assert.equal(grid.real, grid.height);
  assert.equal(topOf(grid, 123), 123);
  const few = layOut({ ...small, count: 3 });
  assert.equal(topOf(few, 50), 0);
  assert.deepEqual(seen(few, 0), [0, 1]);
  assert.deepEqual(seen(layOut({ ...small, count: 0 }), 0), [0, 0]);
});

test("keys lead along lines and columns, and stay in the grid", () => {
  const grid = layOut(small); // 5 columns, the last line has 3 cells
  assert.equal(grid.columns, 5);
  const to = (at, key, all) => moved(grid, at, key, all);
  assert.deepEqual([to(0, "ArrowLeft"), to(0, "ArrowRight"), to(4, "ArrowRight"), to(102, "ArrowRight")], [0, 1, 5, 102]);
  assert.deepEqual([to(7, "ArrowUp"), to(2, "ArrowUp"), to(7, "ArrowDown"), to(99, "ArrowDown")], [2, 2, 12, 99]);
  assert.deepEqual([to(7, "Home"), to(7, "End"), to(101, "End"), to(7, "Home", true), to(7, "End", true)], [5, 9, 102, 0, 102]);
  assert.equal(to(7, "a"), null);
  const page = Math.floor(300 / grid.pitch) * 5;
  assert.deepEqual([to(7, "PageDown"), to(7 + page, "PageUp"), to(3, "PageUp")], [7 + page, 7, 3]);
  assert.deepEqual([to(99, "PageDown"), to(102, "PageDown")], [99, 102]);
  for (const key of ["ArrowLeft", "ArrowRight", "ArrowUp", "ArrowDown", "PageUp", "PageDown", "Home", "End"]) {
    for (let at = 0; at < 103; at++) assert.ok(to(at, key) >= 0 && to(at, key) < 103);
  }
});

test("a line that is focused is seen whole after the least movement", () => {
  const grid = layOut(small);
  assert.equal(reveal(grid, 0, 0), 0);
  assert.equal(reveal(grid, 500, 1), grid.pitch);
  const line = Math.ceil(300 / grid.pitch);
  assert.equal(reveal(grid, 0, line), (line + 1) * grid.pitch - 300);
});

test("each row has its cell in its sheet", () => {
  const entry = { edge: 32, columns: 4, per_sheet: 8, count: 20, empty: [5] };
  assert.deepEqual(placeOf(entry, null, 0), { sheet: 0, x: 0, y: 0 });
  assert.deepEqual(placeOf(entry, null, 14), { sheet: 1, x: 64, y: 32 });
  assert.equal(placeOf(entry, null, 20), null);
  assert.equal(placeOf(entry, null, 5), null);
  const rows = Uint32Array.of(3, 5, 90, 700);
  assert.deepEqual(placeOf({ ...entry, count: 4 }, rows, 700), { sheet: 0, x: 96, y: 0 });
  assert.equal(placeOf({ ...entry, count: 4 }, rows, 4), null);
  assert.deepEqual([...rows].map((row) => indexOf(rows, row)), [0, 1, 2, 3]);
  assert.equal(indexOf(new Uint32Array(), 1), -1);
  assert.equal(indexOf(rows, 1000), -1);
});
