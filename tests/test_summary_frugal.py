"""Arrow leaves pandas alone while a summary is made, and finds it again afterwards."""

from __future__ import annotations

import subprocess
import sys

SCRIPT = """
import sys
import pyarrow as pa
from dsdocs.summary import without_pandas

with without_pandas():
    with without_pandas():
        pa.array(["a"])
    pa.table({"b": [1]})
    assert "pandas" not in sys.modules
assert pa.table({"b": [1]}).to_pandas()["b"].tolist() == [1]
with without_pandas():
    assert pa.table({"b": [1]}).to_pandas()["b"].tolist() == [1], "pandas was there already"
"""


def test_arrow_does_not_import_pandas_meanwhile_and_finds_it_afterwards() -> None:
    subprocess.run([sys.executable, "-W", "error", "-c", SCRIPT], check=True)


def test_the_command_that_makes_a_summary_imports_neither_pandas_nor_what_makes_sites() -> None:
    script = (
        "import sys, dsdocs.console; print([name for name in ('pandas', 'sphinx', 'nbformat') if name in sys.modules])"
    )
    found = subprocess.run([sys.executable, "-c", script], check=True, capture_output=True, text=True)
    assert found.stdout.strip() == "[]"
