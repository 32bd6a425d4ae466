"""Write a split, and the recipe that makes it again."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import tomllib
from dataclasses import dataclass, fields
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from dsdocs import safe
from dsdocs.errors import SplitError
from dsdocs.resplit.assign import ALGORITHM, Assignment, Parameters, assign
from dsdocs.safe import cell_text, write_bytes

ENDINGS = (".csv", ".parquet")
_HEAD = "# A split of a data set. To make it again: dsdocs split --recipe {name} --out {out}\n"
_TABLE = "split"
_TYPES: dict[str, tuple[type, ...]] = {
    "algorithm": (int,), "dsdocs": (str,), "summary": (str,), "sha256": (str,), "block": (int, float),
    "shares": (list,), "stratify": (list,), "seed": (int,), "buffer": (int, float),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Recipe:
    """Everything that a split follows from, and the digest of the split."""

    parameters: Parameters
    summary: str  # fingerprint
    sha256: str  # of the split as CSV
    dsdocs: str  # version that wrote it; for people, any version with the same algorithm makes the same split
    algorithm: int = ALGORITHM

    @classmethod
    def of(cls, table: pa.Table, assignment: Assignment, parameters: Parameters, *, fingerprint: str) -> Recipe:
        """Return the recipe of a split that was made of a summary with this fingerprint."""
        return cls(parameters, fingerprint, _digest(split_csv(table, assignment)), version("dsdocs"))

    def replay(self, table: pa.Table, *, fingerprint: str, source: str) -> Assignment:
        """Make the split again.

        Raises
        ------
        SplitError
            The summary is another one, or what comes out is another split.
        """
        if self.summary != fingerprint:
            raise SplitError(
                f"{source}: made from the summary {self.summary}, but this one is {fingerprint}; use the archive and "
                "the version of dsdocs that it was made with, or make a new split with: dsdocs split --out FILE"
            )
        made = assign(table, self.parameters)
        found = _digest(split_csv(table, made))
        if found != self.sha256:
            raise SplitError(
                f"{source}: expected a split with the SHA-256 {self.sha256[:12]}, and got {found[:12]}; the recipe was "
                f"changed by hand, or dsdocs {self.dsdocs} made another split; make a new one with: dsdocs split"
            )
        return made

    def text(self, name: str, out: str) -> str:
        """Return the recipe as TOML; ``name`` and ``out`` are the files that its comment names."""
        values: dict[str, Any] = {
            "algorithm": self.algorithm, "dsdocs": self.dsdocs, "summary": self.summary, "sha256": self.sha256,
            "block": self.parameters.block, "shares": list(self.parameters.shares),
            "stratify": list(self.parameters.stratify), "seed": self.parameters.seed, "buffer": self.parameters.buffer,
        }  # fmt: skip
        # Numbers, plain texts and lists of them are written the same in JSON and in TOML.
        lines = [f"{key} = {json.dumps(value)}" for key, value in values.items()]
        head = _HEAD.format(name=_plain(name), out=_plain(out))
        return head + "\n".join([f"[{_TABLE}]", *lines]) + "\n"


def read_recipe(path: Path) -> Recipe:
    """Read a recipe.

    Raises
    ------
    SplitError
        The file is no recipe, or one of another algorithm.
    """
    try:
        found = tomllib.loads(path.read_text(encoding="utf-8")).get(_TABLE)
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SplitError(f"{path}: is no TOML: {error}") from error
    if not isinstance(found, dict):
        raise SplitError(f"{path}: has no table [{_TABLE}]; expected a recipe that dsdocs split has written")
    for key, kinds in _TYPES.items():
        if key not in found or not isinstance(found[key], kinds) or isinstance(found[key], bool):
            expected = " or ".join(kind.__name__ for kind in kinds)
            raise SplitError(f"{path}: {key}: found {found.get(key)!r}, expected {expected}")
    unknown = sorted(set(found) - set(_TYPES))
    if unknown:
        raise SplitError(f"{path}: {unknown[0]!r} is unknown; expected {', '.join(_TYPES)}")
    if found["algorithm"] != ALGORITHM:
        raise SplitError(
            f"{path}: made by algorithm {found['algorithm']}, but this version of dsdocs has {ALGORITHM}; "
            f"install dsdocs {found['dsdocs']}, or make a new split with: dsdocs split --out FILE"
        )
    given = {field.name: found[field.name] for field in fields(Parameters)}
    shares = [float(share) if isinstance(share, int | float) else float("nan") for share in given["shares"]]
    if len(shares) != 3:
        raise SplitError(f"{path}: shares: found {len(shares)}, expected three: of train, val and test")
    strata = tuple(map(str, given["stratify"]))
    parameters = Parameters(
        float(given["block"]), (shares[0], shares[1], shares[2]), strata, given["seed"], float(given["buffer"])
    )
    return Recipe(parameters, found["summary"], found["sha256"], found["dsdocs"])


def write_split(table: pa.Table, assignment: Assignment, path: Path) -> None:
    """Write the name and the split of each patch as CSV or Parquet, in the order of the summary.

    Raises
    ------
    SplitError
        The name of the file ends otherwise.
    """
    check_ending(path)
    if path.suffix == ".csv":
        write_bytes(path, split_csv(table, assignment))
        return
    sink = io.BytesIO()
    rows = pa.table({"id": table["id"], "split": assignment.column})
    pq.write_table(rows, sink, compression="zstd")
    write_bytes(path, sink.getvalue())


def check_ending(path: Path) -> None:
    """Refuse a file whose name says no format.

    Raises
    ------
    SplitError
        It ends in neither ``.csv`` nor ``.parquet``.
    """
    safe.check_ending(path, ENDINGS, "a split", SplitError)


def split_csv(table: pa.Table, assignment: Assignment) -> bytes:
    """Return the split as UTF-8 CSV (RFC 4180); the split of a patch in none is empty.

    A name that a spreadsheet would run as a formula gets a leading apostrophe; Parquet has it as it is.
    """
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(("id", "split"))
    names, splits = table["id"].to_pylist(), assignment.column.to_pylist()
    writer.writerows((cell_text(name), split or "") for name, split in zip(names, splits, strict=True))
    return out.getvalue().encode("utf-8", errors="replace")


def _digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def _plain(name: str) -> str:
    """Return a name that may stand in a comment of one line."""
    return "".join(character if character.isprintable() else "\ufffd" for character in name)
