"""Tables that hold what analyses of labels read, and strategies for them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
from hypothesis import strategies as st

Labels = Sequence[str] | None
ASSETS = pa.list_(pa.struct([("key", pa.string()), ("href", pa.string())]))
CATEGORY = pa.dictionary(pa.int32(), pa.string())
COUNTRIES = {"Portugal": "PT", "Ireland": "IE", "Austria": "AT"}


def labelled(labels: Sequence[Labels], **columns: Sequence[object]) -> pa.Table:
    """Build a summary of patches with these labels; groups (``split``, ``season``, ..., ``sensor``) as given."""
    size = len(labels)
    sensors = columns.pop("sensor", [("s2",)] * size)
    assets = [[{"key": key, "href": f"{key}.tif"} for key in keys] for keys in sensors]  # type: ignore[attr-defined]
    groups = {name: columns.get(name, [None] * size) for name in ("split", "season", "country", "tile")}
    return pa.table(
        {
            "id": [f"p{number:06}" for number in range(size)],
            "labels": pa.array(labels, pa.list_(pa.string())),
            **{name: pa.array(list(values), pa.string()).cast(CATEGORY) for name, values in groups.items()},
            "assets": pa.array(assets, ASSETS),
        }
    )


def published_patches(shared_data: Path) -> tuple[pa.Table, pd.DataFrame]:
    """Return the published patches of version 1 as a summary, and as the frame that was published."""
    path = shared_data / "bigearthnet_v1" / "patches_utm29_utm33.parquet"
    frame = pq.read_table(path).to_pandas()
    seasons = frame["season"].astype(str).str.lower().replace("fall", "autumn")
    summary = labelled(
        [None if labels is None else list(labels) for labels in frame["labels"]],
        split=[{"validation": "val"}.get(name, name) if isinstance(name, str) else None for name in frame["split"]],
        season=seasons.tolist(),
        country=frame["country"].astype(str).map(COUNTRIES).tolist(),
        tile=frame["tile"].astype(str).tolist(),
    )
    return summary, frame


CLASSES = ("Airports", "Bare rock", "Estuaries", "Mixed forest", "Pastures")
label_lists = st.lists(
    st.one_of(st.none(), st.lists(st.sampled_from(CLASSES), unique=True, max_size=5).map(sorted)),
    min_size=1,
    max_size=40,
).filter(lambda lists: any(lists))
