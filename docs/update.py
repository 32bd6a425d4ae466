"""Write the generated blocks of the documentation, and .github/: ``python docs/update.py``.

A block stands between ``<!-- begin: name -->`` and ``<!-- end: name -->``; `BLOCKS` has a function for each name.
"""

from __future__ import annotations

import datetime as dt
import inspect
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa

import dsdocs
from dsdocs import errata
from dsdocs.analyses.facts import facts
from dsdocs.config import Dataset, json_schema
from dsdocs.datasheet import SECTIONS
from dsdocs.nomenclatures import load_nomenclature, nomenclature_names
from dsdocs.readers import GROUP, available_readers
from dsdocs.records import CATEGORIES, Footprint, PatchRecord
from dsdocs.scaffold.render import render
from dsdocs.sensors import load_sensor, sensor_names
from dsdocs.site.pages import REQUIREMENTS
from dsdocs.summary import PartStore, merge_parts, read_summary
from dsdocs.summary.part import pack_items
from dsdocs.summary.schema import COLUMNS, KNOWN_FACTS

REPOSITORY = Path(__file__).resolve().parents[1]
_BLOCK = re.compile(r"(<!-- begin: ([\w-]+) -->\n)(.*?)(<!-- end: \2 -->)", re.DOTALL)


def table(head: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """Write a Markdown table; a vertical bar inside a cell would end it."""
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(str(cell).replace("|", "\\|") for cell in line) + " |" for line in lines)


def code(text: str, language: str = "text") -> str:
    """Write a block of code."""
    return f"```{language}\n{text.rstrip()}\n```"


def first_line(described: object) -> str:
    """Return the first line of a docstring as Markdown."""
    return (inspect.getdoc(described) or "").partition("\n")[0].replace("``", "`")


def help_of(*command: str) -> str:
    """Return what a command prints on a terminal of 80 columns."""
    done = subprocess.run(
        [sys.executable, "-m", "dsdocs", *command, "--help"],
        env={**os.environ, "COLUMNS": "80", "PYTHONIOENCODING": "utf-8"},
        capture_output=True,
        encoding="utf-8",
        check=True,
    )
    return done.stdout.rstrip()


def commands(*group: str) -> list[str]:
    """Return the commands that the program itself, or a group of commands, lists."""
    return _listed(help_of(*group))


def _listed(text: str) -> list[str]:
    _, _, listed = text.partition("\nCommands:\n")
    return re.findall(r"^  (\w+)", listed.partition("\n\n")[0], re.MULTILINE)


def command_line() -> str:
    """Show the help of every command, and of those in a group below it."""
    parts = [code(help_of())]
    for name in commands():
        text = help_of(name)
        parts += [f"## dsdocs {name}", code(text)]
        for inner in _listed(text):
            parts += [f"### dsdocs {name} {inner}", code(help_of(name, inner))]
    return "\n\n".join(parts)


def configuration_keys() -> str:
    """List every key of the configuration."""
    root = json_schema()
    rows = [(f"`{key}`", kind, default, meaning) for key, kind, default, meaning in _keys(root, root, "")]
    return table(("Key", "Type", "Default", "Meaning"), rows)


def _keys(root: Mapping[str, Any], section: Mapping[str, Any], prefix: str) -> Iterator[tuple[str, str, str, str]]:
    for name, given in section["properties"].items():
        entry = _resolved(root, given)
        item = _resolved(root, entry.get("items", {}))
        extra = entry.get("additionalProperties")
        if "properties" in entry:
            yield from _keys(root, entry, f"{prefix}{name}.")
        elif "properties" in item:
            yield from _keys(root, item, f"{prefix}{name}[].")
        elif isinstance(extra, dict) and "properties" in _resolved(root, extra):
            yield from _keys(root, _resolved(root, extra), f"{prefix}{name}.<key>.")
        elif isinstance(extra, dict):
            yield f"{prefix}{name}.<key>", _kind(extra), "", given["description"]
        else:
            required = name in section.get("required", ())
            default = "required" if required else f"`{given['default']}`" if given.get("default") else ""
            yield f"{prefix}{name}", _kind(entry), default, given["description"]


def _resolved(root: Mapping[str, Any], entry: Mapping[str, Any]) -> Mapping[str, Any]:
    """Follow a reference, and leave out that a key may be missing."""
    options = [option for option in entry.get("anyOf", ()) if option.get("type") != "null"]
    if options:
        entry = options[0] if len(options) == 1 else {"anyOf": options}
    return root["$defs"][entry["$ref"].rpartition("/")[2]] if "$ref" in entry else entry


def _kind(entry: Mapping[str, Any]) -> str:
    """Name a type of JSON Schema in words."""
    if "enum" in entry:
        return " or ".join(f'`"{value}"`' for value in entry["enum"])
    if "anyOf" in entry:
        return " or ".join(_kind(option) for option in entry["anyOf"])
    if "prefixItems" in entry:
        return f"list of {len(entry['prefixItems'])} texts"
    if entry["type"] == "array":
        return f"list of {_kind(entry['items'])}s"
    if entry["type"] == "object":
        return f"table of {_kind(entry['additionalProperties'])}s"
    name = {"string": "text", "number": "number", "integer": "whole number", "boolean": "true or false"}[entry["type"]]
    limits = (("exclusiveMinimum", "above"), ("minimum", "at least"), ("maximum", "at most"))
    return ", ".join([name, *(f"{word} {entry[key]}" for key, word in limits if key in entry)])


def sensors() -> str:
    """List the built-in sensors."""
    found = [load_sensor(name) for name in sensor_names()]
    rows = [(f"`{one.id}`", one.title, one.kind, len(one.bands), one.source) for one in found]
    return table(("Identifier", "Sensor", "Kind", "Bands", "Source of the figures"), rows)


def requirements() -> str:
    """List what a page can ask for."""
    return table(("Name", "The page or section appears where"), ((f"`{k}`", v) for k, v in REQUIREMENTS.items()))


def fact_keys() -> str:
    """List the facts of a data set that has everything."""
    records = [
        PatchRecord(
            f"patch_{split}", ("Pastures",), split, dt.datetime(2024, 6, 1, tzinfo=dt.UTC),
            Footprint.from_corners("EPSG:32633", 600_000, 5_000_000, 601_200, 4_998_800), "33TWN", 10.0, 120, 120, "AT",
            facts={"ben:snow": False},
        )
        for split in ("train", "val", "test")
    ]  # fmt: skip
    with tempfile.TemporaryDirectory() as folder:
        part = PartStore(Path(folder) / "parts").add("all", pack_items(records, max_distance=0.0))
        merge_parts([part], Path(folder) / "summary.parquet", notes={})
        found = facts(read_summary(Path(folder) / "summary.parquet"), n_files=3, n_bytes=3)
    return table(("Key", "Meaning"), ((f"`{key}`", fact.description) for key, fact in found.items()))


def categories() -> str:
    """List what may be wrong with an input."""
    return table(("Category", "What was found"), ((f"`{key}`", meaning) for key, meaning in CATEGORIES.items()))


def dataset_keys() -> str:
    """List the keys of the role ``dataset``."""
    known = {key: str(field.description) for key, field in Dataset.model_fields.items()}
    known["split_rule"] = "One sentence on how the splits were made, from `splits.rule` or from the reader."
    return table(("Key", "Meaning"), ((f"`{key}`", meaning) for key, meaning in known.items()))


def public_names() -> str:
    """List what a page can import from dsdocs."""
    rows = []
    for name in dsdocs.__all__:
        function = getattr(dsdocs, name)
        parameters = ", ".join(inspect.signature(function).parameters)
        rows.append((f"`{name}({parameters})`", first_line(function)))
    return table(("Call", "What it does"), rows)


def columns() -> str:
    """List the columns of the summary."""
    rows = [(f"`{c.name}`", arrow(c.type), c.unit, f"`{c.stac}`" if c.stac else "", c.description) for c in COLUMNS]
    return table(("Column", "Type", "Unit", "STAC term", "Meaning"), rows)


def arrow(kind: pa.DataType) -> str:
    """Name an Arrow type; pyarrow's own names differ between its versions."""
    if pa.types.is_dictionary(kind):
        return f"{arrow(kind.value_type)}, as categories"
    if pa.types.is_list(kind):
        return f"list of {arrow(kind.value_type)}"
    if pa.types.is_struct(kind):
        return f"struct of {', '.join(field.name for field in kind)}"
    return f"{kind}"


def known_facts() -> str:
    """List the columns of facts that built-in readers give."""
    return table(("Column", "Meaning"), ((f"`{name}`", meaning) for name, meaning in KNOWN_FACTS.items()))


def readers() -> str:
    """List the built-in readers."""
    ours = {name: point for name, point in available_readers().items() if point.value.startswith("dsdocs.")}
    rows = [(f"`{name}`", first_line(point.load())) for name, point in ours.items()]
    return f"Entry-point group: `{GROUP}`\n\n" + table(("Name", "Reads"), rows)


def nomenclatures() -> str:
    """List the built-in nomenclatures."""
    found = [load_nomenclature(name) for name in nomenclature_names()]
    rows = [
        (f"`{one.name}`", one.title, len(one.classes), ", ".join(f"`{name}`" for name in one.crosswalks), one.source)
        for one in found
    ]
    return table(("Name", "Title", "Classes", "Crosswalk to", "Source"), rows)


def growth() -> str:
    """Show what larger archives would cost, by the benchmarks."""
    command = [sys.executable, str(REPOSITORY / "benchmarks" / "extrapolate.py")]
    return subprocess.run(command, capture_output=True, encoding="utf-8", check=True).stdout.rstrip()


def example_file(name: str, language: str) -> Callable[[], str]:
    """Show a file of the repository, whole."""
    return lambda: code((REPOSITORY / name).read_text(encoding="utf-8"), language)


def errata_columns() -> str:
    """List the columns of the table of errata."""
    kinds = {"string": "text", "date32[day]": "day"}
    rows = [(f"`{c.name}`", kinds[str(c.type)], "yes" if c.required else "", c.description) for c in errata.COLUMNS]
    return table(("Column", "Type", "Required", "Meaning"), rows)


def errata_words(words: Mapping[str, str]) -> Callable[[], str]:
    """List words that a column of errata can hold."""
    return lambda: table(("Word", "Meaning"), ((f"`{word}`", meaning) for word, meaning in words.items()))


def datasheet_questions() -> str:
    """List the questions of the data sheet."""
    rows = [(f"`datasheet.{one.key}`", section.title, one.text) for section in SECTIONS for one in section.questions]
    return table(("Key", "Section", "Question"), rows)


BLOCKS: dict[str, Callable[[], str]] = {
    "command-line": command_line,
    "configuration-keys": configuration_keys,
    "sensors": sensors,
    "requirements": requirements,
    "facts": fact_keys,
    "dataset": dataset_keys,
    "public-names": public_names,
    "columns": columns,
    "known-facts": known_facts,
    "categories": categories,
    "readers": readers,
    "growth": growth,
    "errata-columns": errata_columns,
    "errata-kinds": errata_words(errata.KINDS),
    "errata-statuses": errata_words(errata.STATUSES),
    "datasheet-questions": datasheet_questions,
    "nomenclatures": nomenclatures,
    "reader-module": example_file("examples/reader/dsdocs_chips.py", "python"),
    "reader-project": example_file("examples/reader/pyproject.toml", "toml"),
}


def updated(text: str) -> str:
    """Return a page with fresh blocks."""
    return _BLOCK.sub(lambda block: f"{block[1]}{BLOCKS[block[2]]()}\n{block[4]}", text)


def comparable(text: str) -> str:
    """Leave out what differs between versions of typer: how arguments and defaults are marked."""
    return re.sub(r"\{(FOLDER)\}|(FOLDER) <path>|\[(COMMAND)\]", r"\1\2\3", text).replace("\\[", "[")


def write_repository_files() -> None:
    """Write .github/ of this repository from the templates that ``dsdocs init`` has."""
    for name, text in render("own").items():
        path = REPOSITORY / name
        if not path.is_file() or path.read_text(encoding="utf-8") != text:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
            print(f"{name}: updated")


def main() -> None:
    """Bring every page up to date, and .github/."""
    write_repository_files()
    for path in sorted((REPOSITORY / "docs").glob("*.md")):
        text = path.read_text(encoding="utf-8")
        fresh = updated(text)
        if comparable(fresh) != comparable(text):
            path.write_text(fresh, encoding="utf-8")
            print(f"docs/{path.name}: updated")


if __name__ == "__main__":
    main()
