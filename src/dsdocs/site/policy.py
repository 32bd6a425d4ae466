"""The content security policy of every page: what a browser may load and run there, and nothing else."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

# Style attributes carry the lengths of bars and the places of marks, so styles alone may stand within a page.
_ALWAYS: Mapping[str, tuple[str, ...]] = {
    "default-src": ("'none'",),
    "script-src": ("'self'",),
    "style-src": ("'self'", "'unsafe-inline'"),
    "img-src": ("'self'", "data:", "blob:"),  # icons in the theme's style sheet; pictures that a reader opens
    "font-src": ("'self'",),
    "connect-src": ("'self'",),
    "worker-src": ("'self'",),
    "manifest-src": ("'self'",),
    "form-action": ("'self'",),  # the search
    "base-uri": ("'none'",),
}
# Browsers leave out, with a message, what may not stand in a page: frame-ancestors, report-uri, sandbox.


def content_policy(*, wasm: bool = False, more: Mapping[str, Sequence[str]] | None = None) -> str:
    """Return the policy for the ``content`` of ``<meta http-equiv="Content-Security-Policy">``.

    Scripts come from files of the site: neither ``unsafe-inline`` nor ``unsafe-eval`` is ever among the sources.

    Parameters
    ----------
    wasm
        Whether the page may compile WebAssembly, as demos do where a browser has no workers made of modules. A worker
        from a file has the policy that came with that file.
    more
        Sources to add: directive -> sources, as ``{"frame-src": ["https://giscus.app"]}``.

    Raises
    ------
    ValueError
        A source would end the directive, or would let text of a page run as a script.
    """
    directives = {name: list(sources) for name, sources in _ALWAYS.items()}
    if wasm:
        directives["script-src"].append("'wasm-unsafe-eval'")
    for name, sources in (more or {}).items():
        for source in sources:
            if not source or set(source) & set(";, \t\r\n\f") or source in ("'unsafe-inline'", "'unsafe-eval'"):
                raise ValueError(f"{name}: {source!r} cannot be a source of the content security policy")
        # What was 'none' by default-src becomes these sources alone.
        directives.setdefault(name, []).extend(sources)
    return "; ".join(" ".join((name, *sources)) for name, sources in directives.items())
