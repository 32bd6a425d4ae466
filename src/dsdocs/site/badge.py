"""What the site says of a GPU cell: where and when its results were made, and what has changed since."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from html import escape
from typing import Any

from dsdocs.notebooks.gpu.shelf import Shelf
from dsdocs.notebooks.store import Output

MIME = "application/vnd.dsdocs.gpu-cell+json"
STYLE = "css/gpu-cells.css"  # below _static


def with_badge(shelf: Shelf, cell: str) -> list[Output]:
    """Return what a GPU cell shows, below a badge with its provenance."""
    entry = shelf.entry(cell)
    badge = {
        "cell": cell,
        "key": entry.components.key,
        "made": entry.made,
        "values": entry.values,
        "files": {name.rpartition("/")[2]: size for name, (size, _) in entry.files.items() if "/" in name},
        "stale": list(shelf.stale(cell)),
    }
    data = {MIME: badge, "text/plain": f"GPU cell {cell}"}
    return [{"output_type": "display_data", "data": data, "metadata": {}}, *entry.outputs()]


def duration(seconds: float) -> str:
    """Write seconds as a person says them."""
    if seconds < 120:
        return f"{seconds:.1f} s"
    return f"{seconds / 60:.0f} min" if seconds < 7200 else f"{seconds / 3600:.1f} h"


def badge_html(badge: Mapping[str, Any]) -> str:
    """Draw the badge of a cell: one line that opens to all of its provenance, and above it what is outdated."""
    made = badge["made"]
    device = _device(made)
    where = f"ran on {device}, {duration(float(made['seconds']))}, {str(made['date'])[:10]}"
    rows = "".join(
        f"<tr><th scope=row>{escape(name)}</th><td>{escape(value)}</td></tr>" for name, value in _rows(badge).items()
    )
    return (
        f'<div class="ds-gpu">{_outdated(badge)}<details><summary><span class="ds-gpu-mark">GPU cell</span> '
        f"<span>{escape(where)}</span></summary><table><caption>Provenance of these results</caption><tbody>{rows}"
        "</tbody></table></details></div>"
    )


def _device(made: Mapping[str, Any]) -> str:
    device = made["device"]
    return str(device["name"]) + ("" if device["kind"] == "cuda" else " (processor, no GPU)")


def _outdated(badge: Mapping[str, Any]) -> str:
    if not badge["stale"]:
        return ""
    date = escape(str(badge["made"]["date"])[:10])
    items = "".join(f"<li>{escape(str(reason))}</li>" for reason in badge["stale"])
    return (
        f'<div class="ds-stale" role="note"><p><strong>Outdated.</strong> These results are of {date}. Since then has '
        f"changed:</p><ul>{items}</ul></div>"
    )


def _rows(badge: Mapping[str, Any]) -> dict[str, str]:
    made = badge["made"]
    driver = ", ".join(f"{name} {made['device'][name]}" for name in ("driver", "cuda") if made["device"].get(name))
    rows = {
        "Cell": badge["cell"],
        "Device": _device(made),
        "Driver": driver,
        "Time": f"{float(made['seconds']):,.1f} s",
        "Date": made["date"],
        "Commit": made["commit"],
        "Versions": ", ".join(f"{name} {version}" for name, version in made["versions"].items()),
        **{f"Recorded: {name}": value for name, value in badge["values"].items()},
        **{f"File: {name}": f"{size:,} bytes" for name, size in badge["files"].items()},
        "Key": badge["key"],
    }
    return {name: str(value) for name, value in rows.items() if value not in (None, "")}


def banner_html(stale: Sequence[str], link: Callable[[str], str | None]) -> str:
    """Draw the banner of the start page where results on pages of the site are outdated.

    Parameters
    ----------
    stale
        ``PAGE/NAME`` of the cells.
    link
        Returns the address of a page; None: it has none.
    """
    items = []
    for cell in stale:
        address = link(cell.partition("/")[0])
        text = escape(cell)
        items.append(f'<li><a href="{escape(address)}">{text}</a></li>' if address else f"<li>{text}</li>")
    return (
        '<div class="ds-stale" role="note"><p><strong>Parts of this site are outdated.</strong> Their code, data or '
        f"packages have changed since these results of GPU cells were made:</p><ul>{''.join(items)}</ul></div>"
    )
