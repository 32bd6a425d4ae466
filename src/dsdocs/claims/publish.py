"""The verdicts on published figures as a file of the site, for programs to read and to compare."""

from __future__ import annotations

import json
from collections.abc import Iterable

from dsdocs.claims.model import Checked

FILE = "claims.json"


def claims_json(checked: Iterable[Checked]) -> str:
    """Return an object with a key for each claim: what it says, the published and the computed value, the verdict."""
    found = {
        each.claim.key: {
            "says": each.claim.says,
            "unit": each.claim.unit,
            "value": each.claim.value,
            "computed": each.computed,
            "verdict": each.verdict,
        }
        for each in checked
    }
    return json.dumps(found, indent=1, sort_keys=True, ensure_ascii=False) + "\n"
