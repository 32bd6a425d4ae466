"""Starting dsdocs costs little: the help of the command line loads none of the heavy libraries."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

HEAVY = (
    "IPython",
    "PIL",
    "folium",
    "geopandas",
    "imagecodecs",
    "jupyter_client",
    "matplotlib",
    "myst_nb",
    "nbclient",
    "nbformat",
    "numpy",
    "pandas",
    "pyarrow",
    "pyproj",
    "rasterio",
    "shapely",
    "sphinx",
    "tifffile",
)


def modules_after(code: str) -> set[str]:
    """Return the top-level modules that a fresh interpreter has loaded after running some code."""
    report = "import json, sys; print('\\n' + json.dumps(sorted({name.split('.')[0] for name in sys.modules})))"
    done = subprocess.run([sys.executable, "-c", f"{code}\n{report}"], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return set(json.loads(done.stdout.splitlines()[-1]))


HELP = """
import sys
from dsdocs.cli import main
sys.argv = ["dsdocs", *{arguments}]
try:
    main()
except SystemExit as stop:
    assert stop.code in (0, None), stop.code
"""


@pytest.mark.parametrize("arguments", [["--help"], ["build", "--help"]])
def test_help_loads_no_heavy_library(arguments: list[str]) -> None:
    assert sorted(modules_after(HELP.format(arguments=arguments)) & set(HEAVY)) == []


def test_importing_dsdocs_loads_no_heavy_library() -> None:
    assert sorted(modules_after("import dsdocs") & set(HEAVY)) == []


def test_the_check_sees_a_heavy_library() -> None:
    assert modules_after("import numpy") & set(HEAVY) == {"numpy"}
