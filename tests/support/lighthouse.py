"""Measure pages of a built site with Lighthouse: ``python tests/support/lighthouse.py SITE MODULES [PAGE ...]``."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from browser import find_browser
from pages import pages_server

PAGES = ("index.html", "labels.html", "places.html")  # start, labels and map
CATEGORIES = ("performance", "accessibility", "best-practices", "seo")
LEAST = 0.95
# As Chromium is started by the tests; Lighthouse itself adds headless.
FLAGS = "--headless=new --no-sandbox --disable-gpu --disable-quic --disable-background-networking"


def measure(address: str, modules: Path) -> dict[str, Any]:
    """Run Lighthouse as it is set by itself: a telephone on a slow connection.

    Raises
    ------
    subprocess.CalledProcessError
        Lighthouse could not open the page.
    """
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "report.json"
        command = [
            "node", str(modules / "lighthouse" / "cli" / "index.js"), address, "--quiet", "--output=json",
            f"--output-path={out}", f"--only-categories={','.join(CATEGORIES)}", f"--chrome-flags={FLAGS}",
            "--no-enable-error-reporting",
        ]  # fmt: skip
        subprocess.run(command, check=True, env={**os.environ, "CHROME_PATH": str(find_browser())})
        report: dict[str, Any] = json.loads(out.read_text(encoding="utf-8"))
    return report


def scores(report: dict[str, Any]) -> dict[str, float]:
    """Return the score of each category, 0 to 1."""
    return {name: report["categories"][name]["score"] or 0.0 for name in CATEGORIES}


def complaints(report: dict[str, Any]) -> list[str]:
    """Name the audits that take from a score, the heaviest first."""
    found = []
    for name in CATEGORIES:
        for part in report["categories"][name]["auditRefs"]:
            audit = report["audits"][part["id"]]
            if part["weight"] and audit["score"] is not None and audit["score"] < 1:
                said = audit.get("displayValue", "")
                found.append((part["weight"] * (1 - audit["score"]), f"{name}: {audit['title']} {said}".rstrip()))
    return [text for _, text in sorted(found, reverse=True)]


def main() -> int:
    """Print a line for each page, and return 1 if any category is below what it must be."""
    site, modules, *pages = sys.argv[1:]
    bad = 0
    with pages_server(Path(site)) as base:
        for page in pages or PAGES:
            report = measure(base + page, Path(modules))
            found = scores(report)
            print(page, *(f"{name} {score:.2f}" for name, score in found.items()), flush=True)
            if min(found.values()) < LEAST:
                bad = 1
                print(*(f"  {line}" for line in complaints(report)), sep="\n", flush=True)
    return bad


if __name__ == "__main__":
    sys.exit(main())
