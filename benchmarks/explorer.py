"""The explorer of all patches: what it loads, how soon it can be used, how soon it answers, against FastMarkerCluster.

Ours is the page of a built site, with the data of so many invented patches in place of those of a small sample
archive. The peer is the page that folium makes of the same points (see ``map_page.py``). Both come from a server on
loopback that compresses as GitHub Pages does.

Times and bytes are those of Chromium without a graphics card: from the request of the page to the first frame that
shows patches, for ours with the counts beside every filter; then, for ours, from each of many choices of a filter to
the frame in which counts and map show it. The heap is that of the page and its workers after all filters are loaded
and the garbage is collected, with the memory of typed arrays.
"""

from __future__ import annotations

import json
import random
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import archives
from analyses import summary
from map_page import FLAGS, SHOWN, _executable, answer, libraries, write_peer
from measure import HERE, folder, parser
from playwright.sync_api import Browser, BrowserContext, CDPSession, Page, sync_playwright

sys.path.append(str(HERE.parent / "tests"))
from support.pages import pages_server

PATCHES = (archives.WHOLE, 1_000_000)
BYTES, SECONDS, FILTER_MS, HEAP = 1_500_000, 1.5, 50.0, 150_000_000  # for 590,326 patches
MORE = 2.0  # times as much for a million
CHOICES = 100  # filters chosen one after the other
PAUSE_MS = 250  # between choices: as fast as a reader can be, and bars have come to rest
VIEW = {"width": 1280, "height": 900}
READY, LOADED, CHANGE, UPDATED = "ds-x-ready", "ds-x-loaded", "ds-x-change", "ds-x-updated"  # marks of the page


# Runs in both pages: the milliseconds from the request until the page can be used and two more frames were drawn.
_CLOCK = """
const look = () => {
  if (!(%s)) return requestAnimationFrame(look);
  requestAnimationFrame(() => requestAnimationFrame(() => { window.usableAfter = performance.now(); }));
};
requestAnimationFrame(look);
"""


@dataclass(frozen=True, slots=True)
class Visit:
    """What a page took to be there."""

    seconds: float  # to the first frame that can be used
    n_bytes: int  # that had come over the network by then
    hosts: int  # other hosts that were asked for files


def sample_site(scratch: Path) -> Path:
    """Build the site of a small sample archive, as any author would."""
    command = [sys.executable, "-m", "dsdocs"]
    run = partial(subprocess.run, check=True, capture_output=True, cwd=scratch)
    run([*command, "sample", "archive", "--patches", "64"])
    run([*command, "build", "--archive", "archive", "--out", "site"])
    return scratch / "site"


def put_in(table_path: Path, site: Path) -> dict[str, int]:
    """Replace the data of the explorer by that of a summary; return its bytes by kind."""
    from dsdocs.explorer.build import explore
    from dsdocs.explorer.manifest import write_files
    from dsdocs.explorer.shards import compact
    from dsdocs.nomenclatures import load_nomenclature
    from dsdocs.summary import read_summary

    table = read_summary(table_path)
    explorer = explore(table, title="Invented", nomenclature=load_nomenclature("bigearthnet-43"))
    target = site / "_data" / "explorer"
    for path in target.iterdir():
        path.unlink()
    manifest = write_files(explorer, table, target)
    (target / "manifest.json").write_text(compact(manifest), encoding="utf-8")
    kinds: dict[str, int] = {}
    for path in target.iterdir():
        kind = path.name.partition("-")[0].partition(".")[0]
        kinds[kind] = kinds.get(kind, 0) + path.stat().st_size
    return kinds


def visit(
    browser: Browser, address: str, page_name: str, ready: str, packages: Path | None
) -> tuple[BrowserContext, Page, Visit]:
    """Open a page in a context of its own and wait until it can be used.

    Requests to other hosts are answered from `packages`. To look at them, each request of the page stops on its way, so
    a page that makes none is opened without.
    """
    browser.new_page().close()  # the start of the browser is nobody's
    context = browser.new_context(viewport=VIEW)
    page = context.new_page()
    errors: list[object] = []
    page.on("pageerror", lambda error: errors.append(error))
    network = context.new_cdp_session(page)
    network.send("Network.enable")
    received = [0]
    network.on("Network.loadingFinished", lambda event: received.append(event["encodedDataLength"]))
    others: set[str] = set()
    page.on("request", lambda request: request.url.startswith(address) or others.add(urlsplit(request.url).netloc))
    if packages is not None:
        page.route(lambda url: not url.startswith(address), partial(answer, packages))
    context.add_init_script(_CLOCK % ready)
    page.goto(address + page_name, wait_until="commit")
    page.wait_for_function("() => window.usableAfter !== undefined", timeout=300_000)
    seconds = page.evaluate("window.usableAfter") / 1000
    if errors:
        raise SystemExit(f"{page_name}: the page has errors: {errors}")
    return context, page, Visit(seconds, int(sum(received)), len(others))


def answer_times(page: Page, choices: int) -> list[float]:
    """Choose options of filters one after the other; return the milliseconds until counts and map show each."""
    page.wait_for_function(f"() => {_marked(LOADED)}", timeout=300_000)
    boxes = page.locator("#ds-x-filters input[type=checkbox]:visible")
    order = random.Random(0)
    found = []
    for _ in range(choices):
        page.wait_for_timeout(PAUSE_MS)
        box = boxes.nth(order.randrange(boxes.count()))
        before = page.evaluate(f"performance.getEntriesByName('{UPDATED}').length")
        box.evaluate("element => element.click()")
        page.wait_for_function(f"() => performance.getEntriesByName('{UPDATED}').length > {before}", polling="raf")
        found.append(
            page.evaluate(
                f"performance.getEntriesByName('{UPDATED}').at(-1).startTime"
                f" - performance.getEntriesByName('{CHANGE}').at(-1).startTime"
            )
        )
    return found


def heap(browser: Browser, page: Page) -> int:
    """Return the bytes that the scripts of a page and its workers hold, typed arrays included."""
    own = page.context.new_cdp_session(page)
    sessions: list[str] = []
    own.on("Target.attachedToTarget", lambda event: sessions.append(event["sessionId"]))
    own.send("Target.setAutoAttach", {"autoAttach": True, "waitForDebuggerOnStart": False, "flatten": False})
    page.wait_for_timeout(200)
    total = _heap_of(own.send)
    for session in sessions:
        total += _worker_heap(own, session)
    return total


def _heap_of(send: Any) -> int:
    send("HeapProfiler.collectGarbage")
    used = send("Runtime.getHeapUsage")
    return int(used["usedSize"] + used.get("backingStorageSize", 0) + used.get("embedderHeapUsedSize", 0))


def _worker_heap(own: CDPSession, session: str) -> int:
    answers: dict[int, Any] = {}

    def received(event: dict[str, Any]) -> None:
        message = json.loads(event["message"])
        if "id" in message:
            answers[message["id"]] = message.get("result", {})

    own.on("Target.receivedMessageFromTarget", received)
    numbers = iter(range(1, 10))

    def send(method: str) -> Any:
        number = next(numbers)
        message = json.dumps({"id": number, "method": method})
        own.send("Target.sendMessageToTarget", {"sessionId": session, "message": message})
        while number not in answers:
            own.send("Runtime.evaluate", {"expression": "0"})  # lets messages arrive
        return answers[number]

    return _heap_of(send)


def _marked(name: str) -> str:
    return f"performance.getEntriesByName('{name}').length > 0"


def percentile(values: Sequence[float], share: float) -> float:
    """Return the smallest value that at least this share of the values does not exceed."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


def measure(browser: Browser, site: Path, patches: int, packages: Path, rounds: int) -> dict[str, Any]:
    """Visit both pages in turn; return the medians."""
    visits: dict[str, list[Visit]] = {"ours": [], "peer": []}
    heaps: dict[str, list[int]] = {"ours": [], "peer": []}
    times: list[float] = []
    whole: list[int] = []
    pages = {
        "ours": ("explorer.html", _marked(READY)),
        "peer": ("peer.html", f"document.querySelector('{SHOWN['peer']}') !== null"),
    }
    with pages_server(site) as address:
        for turn in range(rounds):
            for name in sorted(pages, reverse=bool(turn % 2)):
                context, page, seen = visit(browser, address, *pages[name], packages if name == "peer" else None)
                visits[name].append(seen)
                if name == "ours":
                    times += answer_times(page, CHOICES)
                    whole.append(page.evaluate("performance.getEntriesByType('resource').length"))
                heaps[name].append(heap(browser, page))
                context.close()
    scale = MORE if patches > archives.WHOLE else 1.0
    ours = {
        "first_view_s": round(statistics.median(one.seconds for one in visits["ours"]), 3),
        "first_view_bytes": int(statistics.median(one.n_bytes for one in visits["ours"])),
        "filter_ms_median": round(statistics.median(times), 1),
        "filter_ms_p95": round(percentile(times, 0.95), 1),
        "heap_bytes": int(statistics.median(heaps["ours"])),
        "other_hosts": max(one.hosts for one in visits["ours"]),
        "requests": max(whole),
    }
    goals = {
        "first_view_s": scale * SECONDS, "first_view_bytes": scale * BYTES, "filter_ms_p95": scale * FILTER_MS,
        "heap_bytes": scale * HEAP, "other_hosts": 0,
    }  # fmt: skip
    peer = {
        "first_view_s": round(statistics.median(one.seconds for one in visits["peer"]), 3),
        "first_view_bytes": int(statistics.median(one.n_bytes for one in visits["peer"])),
        "heap_bytes": int(statistics.median(heaps["peer"])),
        "other_hosts": max(one.hosts for one in visits["peer"]),
    }
    return {
        "job": "explorer", "size": patches, "ours": ours, "peer": peer, "goals": goals,
        "reached": all(ours[key] <= limit for key, limit in goals.items()), "choices": len(times), "rounds": rounds,
    }  # fmt: skip


def main() -> None:
    """Measure."""
    given = parser(__doc__, PATCHES).parse_args()
    with folder(given.data) as data, tempfile.TemporaryDirectory() as scratch, sync_playwright() as playwright:
        packages = libraries(data)
        site = sample_site(Path(scratch))
        browser = playwright.chromium.launch(executable_path=_executable(), args=FLAGS)
        for size in given.sizes:
            made = archives.plan(size)
            kinds = put_in(summary(size, data / f"summary-{size}.parquet"), site)
            write_peer(made, site)
            line = measure(browser, site, size, packages, given.rounds)
            print(json.dumps(line | {"data_bytes": kinds}), flush=True)
        browser.close()


if __name__ == "__main__":
    main()
