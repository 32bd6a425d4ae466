"""The search by example: how long the index takes against faiss, what a query reads, how long it takes, what it finds.

Vectors are invented like those of images: clusters of unequal size around middles that lie in groups, each along a few
directions of its own, all of length 1 (``vectors``); ``--hard`` takes vectors without any structure instead, on which
no index can do well. ``lid`` is their intrinsic dimension (Levina and Bickel, 2004), to be compared with that of real
ones.

``index``: training and filling an index, ours against ``faiss.IndexIVFPQ`` as it comes, with as many lists and codes
of as many bytes, both on one thread. ``search``: the files on a server on loopback that behaves as GitHub Pages does,
searched by Chromium in a worker. Each visit opens the index anew and searches once; what is measured are the searches
after that, with other vectors: milliseconds from the call to the result, and the bytes that the server has sent
meanwhile. No tool is attached to the browser: following its requests takes as long as the requests themselves.
"""

from __future__ import annotations

import json
import shutil
import statistics
import subprocess
import sys
import tempfile
from functools import partial
from pathlib import Path
from queue import Queue
from typing import Any, ClassVar
from urllib.parse import urlsplit

import archives
import numpy as np
from measure import HERE, Goal, compare, folder, parser, run, side, timed
from numpy.typing import NDArray

sys.path.append(str(HERE.parent / "tests"))
from support import pages
from support.browser import FLAGS, find_browser

SIZES = (100_000, archives.WHOLE, 1_400_000)
DIMENSIONS, BLOCK = 128, 100_000
TIMES_FAISS, RECALL, QUERY_BYTES, PATCH_BYTES, QUERY_MS, GROWTH = 1.3, 0.97, 500_000, 50_000, 60.0, 1.5
VISITS, SEARCHES, AT = 20, 4, 10  # visits; searches in each, the first of which is not measured
PAGE = """<!doctype html><meta charset="utf-8"><link rel="icon" href="data:,"><title>Search</title>
<script type="module">
import { openRetrieval } from "./_static/js/demos/search/client.js";
const tell = async (what, value) => (await fetch(what, { method: "POST", body: JSON.stringify(value ?? null) })).json();
const measured = async (method, row, first, call) => {
  const before = await tell("sent");
  const start = performance.now();
  const { results } = await call();
  const milliseconds = performance.now() - start;
  const bytes = (await tell("sent")) - before;
  return { method, row, first, milliseconds, bytes, rows: results.map((one) => one.row) };
};
const answers = [];
for (const visit of await (await fetch("asked.json")).json()) {
  const retrieval = await openRetrieval("_data/retrieval/manifest.json");
  const found = retrieval.encoder("vectors");
  for (const [i, { row, vector }] of visit.entries()) {
    answers.push(await measured("search", row, !i, () => found.search(vector, { k: 10, exclude: [row] })));
  }
  for (const [i, { row }] of visit.entries()) {
    answers.push(await measured("near", row, !i, () => found.neighbours(row)));
  }
  retrieval.destroy();
}
await tell("answers", answers);
</script>"""


def vectors(n: int, *, hard: bool = False) -> NDArray[np.float32]:
    """Return invented vectors (n, 128) of length 1, in no order."""
    draw = np.random.default_rng(0)
    if hard:
        found = draw.normal(size=(n, DIMENSIONS)).astype(np.float32)
        return found / np.linalg.norm(found, axis=1, keepdims=True)
    clusters = 2000
    spectrum = np.arange(1, DIMENSIONS + 1) ** -0.6
    basis = np.linalg.qr(draw.normal(size=(DIMENSIONS, DIMENSIONS)))[0]
    groups = draw.normal(size=(40, DIMENSIONS)) * spectrum
    middles = groups[draw.integers(40, size=clusters)] + 0.7 * draw.normal(size=(clusters, DIMENSIONS)) * spectrum
    share = draw.pareto(1.5, size=clusters) + 0.2
    directions = draw.normal(size=(clusters, 12, DIMENSIONS)) * spectrum * 0.35
    found = np.empty((n, DIMENSIONS), dtype=np.float32)
    label = draw.choice(clusters, size=n, p=share / share.sum())
    for cluster in range(clusters):
        rows = np.flatnonzero(label == cluster)
        inside = draw.normal(size=(len(rows), 12)) @ directions[cluster]
        found[rows] = (middles[cluster] + inside + 0.02 * draw.normal(size=inside.shape)) @ basis
    return found / np.linalg.norm(found, axis=1, keepdims=True)


def stored(data: Path, n: int, hard: bool) -> Path:
    """Return a file of vectors; it is written if it is not there."""
    path = data / f"vectors-{'hard-' if hard else ''}{n}.npy"
    if not path.exists():
        np.save(path, vectors(n, hard=hard))
    return path


def build_ours(path: Path) -> None:
    """Make our index."""
    from dsdocs.retrieval.index import build_index, options_for

    held = np.load(path)
    with timed():
        build_index(held, options_for(len(held), held.shape[1], 0, QUERY_BYTES))


def build_faiss(path: Path) -> None:
    """Make an index of faiss with as many lists and the same codes."""
    import faiss

    from dsdocs.retrieval.index import options_for

    held = np.load(path)
    options = options_for(len(held), held.shape[1], 0, QUERY_BYTES)
    faiss.omp_set_num_threads(1)
    with timed():
        # The runs of faiss are of one length: zeros fill the last one, as in ours.
        held = np.pad(held, ((0, 0), (0, -held.shape[1] % options.code_bytes)))
        quantiser = faiss.IndexFlatL2(held.shape[1])
        index = faiss.IndexIVFPQ(quantiser, held.shape[1], options.lists, options.code_bytes, 8)
        index.train(held)
        index.add(held)


def write_site(path: Path, site: Path) -> dict[str, Any]:
    """Write a site of one page that searches the vectors; return the entry of the index."""
    from dsdocs.assets import static_folder
    from dsdocs.config import Retrieval
    from dsdocs.explorer.shards import compact
    from dsdocs.retrieval.publish import write_encoder

    manifest = site / "_data" / "retrieval" / "manifest.json"
    if not manifest.exists():
        shutil.rmtree(site, ignore_errors=True)
        manifest.parent.mkdir(parents=True)
        held = np.load(path)
        n = len(held)
        entry = write_encoder(manifest.parent, "vectors", held, np.ones(n, dtype=bool), Retrieval(recall=0), {})
        said = {"format": 1, "fingerprint": "", "rows": n, "explorer": "", "encoders": [{"name": "vectors"} | entry]}
        manifest.write_text(compact(said), encoding="utf-8")
    shutil.copytree(static_folder() / "js", site / "_static" / "js", dirs_exist_ok=True)
    (site / "index.html").write_text(PAGE, encoding="utf-8")
    (site / ".nojekyll").touch()
    entry = json.loads(manifest.read_text(encoding="utf-8"))["encoders"][0]
    found: dict[str, Any] = entry
    return found


class Watched(pages._Handler):
    """The server, which counts the bytes of the files that it sends, and takes the answers of the page."""

    sent = 0
    answers: ClassVar[Queue[list[Any]]] = Queue()

    def do_GET(self) -> None:
        """Send a file."""
        answer = self.site.answer(urlsplit(self.path).path)
        if answer.file is not None:
            Watched.sent += answer.file.stat().st_size  # .gz is sent as it is
        super().do_GET()

    def do_POST(self) -> None:
        """Say how many bytes were sent, or take the answers."""
        told = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        if told is not None:
            self.answers.put(told)
        body = str(Watched.sent).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


def intrinsic(distances: NDArray[np.float64]) -> float:
    """Return the median intrinsic dimension of neighbourhoods (q, k), distances ascending and without the query."""
    ratio = np.log(distances[:, -1:] / np.maximum(distances[:, :-1], 1e-12))
    return float(np.median(1 / ratio.mean(axis=1)))


def searched(site: Path) -> list[Any]:
    """Let a browser open the page and search; nothing watches it from within, which would take as long as a search."""
    pages._Handler = Watched  # type: ignore[misc]
    with pages.pages_server(site) as address, tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile:
        command = [str(find_browser()), *FLAGS, f"--user-data-dir={profile}", address]
        browser = subprocess.Popen(command, stderr=subprocess.DEVNULL)
        try:
            return Watched.answers.get(timeout=300)
        finally:
            browser.terminate()
            browser.wait()


def measure_search(path: Path, site: Path) -> dict[str, Any]:
    """Measure searches in the browser, and print a line of JSON."""
    from dsdocs.retrieval.exact import exact_search

    entry = write_site(path, site)
    held = np.load(path)
    rows = np.random.default_rng(1).choice(len(held), VISITS * SEARCHES, replace=False)
    true, distances = exact_search(held, held[rows], 101)
    nearest = {int(row): set(one[1 : AT + 1].tolist()) for row, one in zip(rows, true, strict=True)}
    asked = [{"row": row, "vector": held[row].tolist()} for row in rows.tolist()]
    visits = [asked[start : start + SEARCHES] for start in range(0, len(rows), SEARCHES)]
    (site / "asked.json").write_text(json.dumps(visits), encoding="utf-8")
    answers = searched(site)
    line: dict[str, Any] = {"job": "search", "size": len(held), "lid": round(intrinsic(distances[:, 1:]), 1)}
    for method in ("search", "near"):
        own = [answer for answer in answers if answer["method"] == method and not answer["first"]]
        first = [answer["bytes"] for answer in answers if answer["method"] == method and answer["first"]]
        times = [answer["milliseconds"] for answer in own]
        hits = [len({*answer["rows"][:AT]} & nearest[answer["row"]]) / AT for answer in own]
        line[method] = {
            "recall": round(statistics.mean(hits), 4), "median_ms": round(statistics.median(times), 1),
            "p95_ms": round(float(np.percentile(times, 95)), 1), "most_bytes": max(answer["bytes"] for answer in own),
            "mean_bytes": round(statistics.mean(answer["bytes"] for answer in own)), "queries": len(own),
            "first_bytes": max(first),
        }  # fmt: skip
    found, near = line["search"], line["near"]
    line["measured_at_build"] = entry["recall"]
    line["files"] = sum(1 for _ in (site / "_data").rglob("*.gz"))
    line["bytes"] = entry["bytes"]
    line["reached"] = {
        "recall": found["recall"] >= RECALL, "bytes": found["most_bytes"] <= QUERY_BYTES,
        "patch": near["first_bytes"] <= PATCH_BYTES, "milliseconds": found["median_ms"] < QUERY_MS,
    }  # fmt: skip
    print(json.dumps(line), flush=True)
    return line


def main() -> None:
    """Run what was asked for."""
    made = parser(__doc__, SIZES)
    made.add_argument("--hard", action="store_true", help="vectors without structure")
    made.add_argument("--only", choices=("index", "search"), help="one of the two jobs")
    made.add_argument("path", nargs="?", type=Path, help="of the vectors, for a side")
    options = made.parse_args()
    if options.side:
        {"ours": build_ours, "faiss": build_faiss}[options.side](options.path)
        return
    with folder(options.data) as data:
        lines = []
        for size in options.sizes:
            path = stored(data, size, options.hard)
            if options.only != "search":
                sides = {name: partial(run, side("retrieval.py", name, path)) for name in ("ours", "faiss")}
                compare("index", size, sides, rounds=options.rounds, goals=(Goal("faiss", TIMES_FAISS),))
            if options.only != "index":
                lines.append(measure_search(path, data / f"{path.stem}-site"))
    if len(lines) > 1:
        first, last = (one["search"]["median_ms"] for one in (lines[0], lines[-1]))
        growth = round(last / first, 2)
        print(json.dumps({"job": "search", "growth": growth, "goal": GROWTH, "reached": growth < GROWTH}), flush=True)


if __name__ == "__main__":
    main()
