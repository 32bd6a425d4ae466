"""Embeddings as a file: Parquet, or npz for those who only have NumPy."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from dsdocs import safe
from dsdocs.errors import FeatureError
from dsdocs.features.model import Embeddings
from dsdocs.safe import writing

METADATA = b"dsdocs"  # key of the schema's metadata; its value is the provenance as JSON
ENDINGS = (".parquet", ".npz")


def check_ending(path: Path) -> None:
    """Refuse a file name that says nothing of the format.

    Raises
    ------
    FeatureError
        The name ends in neither .parquet nor .npz.
    """
    safe.check_ending(path, ENDINGS, "a table of embeddings", FeatureError)


def write_embeddings(embeddings: Embeddings, path: Path) -> None:
    """Write embeddings, by the ending of the path.

    Parquet has the columns ``id`` (string), ``vector`` (a list of float32 whose length is fixed) and ``valid``
    (boolean), and the provenance as JSON in the schema's metadata under ``dsdocs``. npz has the arrays ``ids``,
    ``vectors``, ``valid`` and ``provenance``, the last one as the bytes of JSON.
    """
    check_ending(path)
    provenance = json.dumps(embeddings.provenance, sort_keys=True, ensure_ascii=False).encode()
    path.parent.mkdir(parents=True, exist_ok=True)
    with writing(path) as sink:
        if path.suffix == ".npz":
            ids = np.array(embeddings.ids, dtype=np.str_)
            note = np.frombuffer(provenance, np.uint8)
            np.savez(sink, ids=ids, vectors=embeddings.vectors, valid=embeddings.valid, provenance=note)
        else:
            pq.write_table(_table(embeddings, provenance), sink, compression="zstd", use_dictionary=False)


def read_embeddings(path: Path) -> Embeddings:
    """Read embeddings back.

    Raises
    ------
    FeatureError
        The file holds no embeddings.
    """
    check_ending(path)
    try:
        if path.suffix == ".npz":
            with np.load(path, allow_pickle=False) as arrays:
                provenance = json.loads(arrays["provenance"].tobytes())
                return Embeddings(tuple(arrays["ids"].tolist()), arrays["vectors"], arrays["valid"], provenance)
        table = pq.read_table(path)
        vectors = table["vector"].combine_chunks()
        flat = vectors.flatten().to_numpy().reshape(len(vectors), vectors.type.list_size)
        valid = table["valid"].combine_chunks().to_numpy(zero_copy_only=False)
        provenance = json.loads(table.schema.metadata[METADATA])
        return Embeddings(tuple(table["id"].to_pylist()), flat, valid, provenance)
    except (OSError, KeyError, ValueError, TypeError, AttributeError) as error:
        raise FeatureError(f"{path}: holds no embeddings of dsdocs: {error}") from error


def _table(embeddings: Embeddings, provenance: bytes) -> pa.Table:
    n, dimensions = embeddings.vectors.shape
    flat = pa.array(np.ascontiguousarray(embeddings.vectors, np.float32).reshape(n * dimensions))
    schema = pa.schema(
        [
            pa.field("id", pa.string(), nullable=False),
            pa.field("vector", pa.list_(pa.float32(), dimensions), nullable=False),
            pa.field("valid", pa.bool_(), nullable=False),
        ],
        metadata={METADATA: provenance},
    )
    columns = [pa.array(embeddings.ids, pa.string()), pa.FixedSizeListArray.from_arrays(flat, dimensions)]
    return pa.Table.from_arrays([*columns, pa.array(embeddings.valid)], schema=schema)
