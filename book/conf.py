"""Sphinx configuration; what can be set is in dsdocs.toml."""

from pathlib import Path

from dsdocs.site.conf import configure

globals().update(configure(Path(__file__).parent))
