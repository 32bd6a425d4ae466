"""Look into an ONNX model, without its library, for weights that it keeps in other files.

Field numbers are those of ``onnx.proto`` (ONNX 1.x, https://github.com/onnx/onnx/blob/main/onnx/onnx.proto).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

_VARINT, _FIXED64, _BYTES, _FIXED32 = 0, 1, 2, 5
_DEPTH = 100  # of graphs inside graphs
# Message -> number of a field that holds messages -> which. Only what leads to tensors.
_INSIDE: Mapping[str, Mapping[int, str]] = {
    "Model": {7: "Graph", 20: "Training", 25: "Function"},
    "Graph": {1: "Node", 5: "Tensor", 15: "SparseTensor"},
    "Node": {5: "Attribute"},
    "Attribute": {5: "Tensor", 6: "Graph", 10: "Tensor", 11: "Graph", 22: "SparseTensor", 23: "SparseTensor"},
    "SparseTensor": {1: "Tensor", 2: "Tensor"},
    "Training": {1: "Graph", 2: "Graph"},
    "Function": {7: "Node", 11: "Attribute"},
    "Tensor": {13: "External"},
    "External": {},
}
_LOCATION, _EXTERNAL = 14, 1  # field of a tensor, and its value where the data lies elsewhere


def external_files(model: bytes) -> tuple[str, ...]:
    """Return where a model keeps weights outside itself; empty: nowhere.

    Raises
    ------
    ValueError
        These bytes are no model.
    """
    found = tuple(_look(memoryview(model), "Model", 0))
    if not any(number == 7 for number, _, _ in _fields(memoryview(model))):
        raise ValueError("holds no graph")
    return found


def _look(message: memoryview, kind: str, depth: int) -> Iterator[str]:
    if depth > _DEPTH:
        raise ValueError("its graphs lie too deep in each other")
    inside = _INSIDE[kind]
    for number, wire, value in _fields(message):
        if kind == "Tensor" and number == _LOCATION and wire == _VARINT and value == _EXTERNAL:
            yield "(place not named)"
        elif number in inside and isinstance(value, memoryview):
            if inside[number] == "External":
                yield _entry(value)
            else:
                yield from _look(value, inside[number], depth + 1)


def _entry(message: memoryview) -> str:
    texts = [
        bytes(value).decode("utf-8", "replace") for _, _, value in _fields(message) if isinstance(value, memoryview)
    ]
    return "=".join(texts)


def _fields(message: memoryview) -> Iterator[tuple[int, int, int | memoryview]]:
    """Yield number, wire type and value of each field of a message in the wire format of protocol buffers."""
    place = 0
    while place < len(message):
        tag, place = _varint(message, place)
        number, wire = tag >> 3, tag & 7
        if wire == _VARINT:
            value, place = _varint(message, place)
            yield number, wire, value
            continue
        if wire == _BYTES:
            size, place = _varint(message, place)
        elif wire in (_FIXED64, _FIXED32):
            size = 8 if wire == _FIXED64 else 4
        else:
            raise ValueError("is no ONNX model")
        if place + size > len(message) or number == 0:
            raise ValueError("is no ONNX model, or cut off")
        yield number, wire, message[place : place + size]
        place += size


def _varint(message: memoryview, place: int) -> tuple[int, int]:
    value = 0
    for count in range(10):
        if place >= len(message):
            raise ValueError("is no ONNX model, or cut off")
        byte = message[place]
        place += 1
        value |= (byte & 0x7F) << (7 * count)
        if byte < 0x80:
            return value, place
    raise ValueError("is no ONNX model")
