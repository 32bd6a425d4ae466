"""A layout that is described in dsdocs.toml: patterns of paths with named fields, and a table beside the files.

The reader of such archives, the configuration and the documentation use it; it imports nothing of dsdocs.
"""

from dsdocs.layout.pattern import Pattern, parse
from dsdocs.layout.section import AssetSection, Layout, TableSection

__all__ = ["AssetSection", "Layout", "Pattern", "TableSection", "parse"]
