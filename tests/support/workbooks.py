"""Workbooks of one sheet, written part by part, so that a test can put anything into them."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping, Sequence
from xml.sax.saxutils import escape

MAIN = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
RELATIONS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
Cell = str | int | float | bool | None


def workbook(rows: Sequence[Sequence[Cell]], **changes: str) -> bytes:
    """Return an XLSX file of plain cells; ``changes`` are those of `parts`."""
    return packed(parts(sheet(rows), **changes))


def parts(
    sheet: str, *, styles: str = "", strings: str = "", properties: str = "", state: str = "visible"
) -> dict[str, str]:
    """Return the parts of a workbook by path; ``sheet`` is what stands within ``sheetData``."""
    return {
        "xl/workbook.xml": f'<workbook {MAIN} xmlns:r="{RELATIONS}"><workbookPr {properties}/><sheets>'
        f'<sheet name="hidden" sheetId="1" state="hidden" r:id="rId9"/>'
        f'<sheet name="a" sheetId="2" state="{state}" r:id="rId1"/></sheets></workbook>',
        "xl/_rels/workbook.xml.rels": f'<Relationships><Relationship Id="rId1" Type="{RELATIONS}/worksheet" '
        f'Target="worksheets/sheet1.xml"/><Relationship Id="rId9" Type="{RELATIONS}/worksheet" '
        'Target="worksheets/none.xml"/></Relationships>',
        "xl/worksheets/sheet1.xml": f"<worksheet {MAIN}><sheetData>{sheet}</sheetData></worksheet>",
        "xl/styles.xml": f"<styleSheet {MAIN}>{styles}</styleSheet>",
        "xl/sharedStrings.xml": f"<sst {MAIN}>{strings}</sst>",
    }


def packed(content: Mapping[str, str]) -> bytes:
    """Return the parts as one file."""
    sink = io.BytesIO()
    with zipfile.ZipFile(sink, "w", zipfile.ZIP_DEFLATED) as package:
        for path, text in content.items():
            package.writestr(path, text)
    return sink.getvalue()


def sheet(rows: Sequence[Sequence[Cell]]) -> str:
    """Return rows as XML, without references, which the format allows."""
    return "".join(f"<row>{''.join(map(_cell, row))}</row>" for row in rows)


def _cell(value: Cell) -> str:
    match value:
        case None:
            return "<c/>"
        case bool():
            return f'<c t="b"><v>{int(value)}</v></c>'
        case str():
            return f'<c t="inlineStr"><is><t xml:space="preserve">{escape(value)}</t></is></c>'
    return f"<c><v>{value}</v></c>"
