"""Write a repository for a new data set: configuration filled in with what was detected, pages, workflows.

Only `dsdocs.site` and `dsdocs.cli` may import it.
"""

from dsdocs.scaffold.write import write_scaffold

__all__ = ["write_scaffold"]
