"""From pages to a published tree: which pages appear, Sphinx, side files, checks, and the swap into place.

Only `dsdocs.cli` may import it.
"""

DATA = "_data"  # folder of a site for pictures, tables and the summary; pages link to it as ``dsdocs:``
