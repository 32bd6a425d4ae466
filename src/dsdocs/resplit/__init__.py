"""Design a split: blocks of neighbouring patches, dealt out so that each split has its share of every class.

`assign` gives each patch a split from a few parameters alone; `recipe` writes them down so that the same split can be
made again, to the byte. May be imported by what stands below it; imports analyses and what stands above them.
"""

from dsdocs.resplit.assign import Assignment, Parameters, assign
from dsdocs.resplit.options import parameters_of
from dsdocs.resplit.recipe import Recipe, check_ending, read_recipe, write_split

__all__ = [
    "Assignment", "Parameters", "Recipe", "assign", "check_ending", "parameters_of", "read_recipe", "write_split",
]  # fmt: skip
