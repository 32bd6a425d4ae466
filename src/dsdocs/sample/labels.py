"""Read the labels of a patch off its land cover map."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from dsdocs.nomenclatures import Nomenclature, load_nomenclature

# A class is a label when it covers this share of the patch, about 3 ha of 144: CORINE draws nothing below
# 25 ha, so what a patch holds less of is the cut-off tip of something that lies next door.
SMALLEST_SHARE = 0.02


@lru_cache(maxsize=1)
def _classes() -> Nomenclature:
    return load_nomenclature("bigearthnet-43")


def label_codes(cover: NDArray[np.uint16]) -> tuple[int, ...]:
    """Return the CORINE level 3 codes that cover at least `SMALLEST_SHARE` of a map, in rising order."""
    codes, counts = np.unique(cover, return_counts=True)
    return tuple(codes[counts >= SMALLEST_SHARE * cover.size].tolist())


def labels_43(codes: tuple[int, ...]) -> tuple[str, ...]:
    """Return the names of the 43 classes, in the order of the nomenclature, as BigEarthNet v1 lists them."""
    wanted = {str(code) for code in codes}
    return tuple(entry.name for entry in _classes().classes if entry.code in wanted)


def labels_19(codes: tuple[int, ...]) -> tuple[str, ...]:
    """Return the names of the 19 classes, sorted, as BigEarthNet v2 lists them; dropped classes have none."""
    crosswalk = _classes().crosswalk("bigearthnet-19")
    return tuple(sorted({name for label in labels_43(codes) if (name := crosswalk[label]) is not None}))
