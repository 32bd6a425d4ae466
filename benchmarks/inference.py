"""Scores of single patches by the S-CNN of all bands: onnxruntime against torch as it comes, each with one thread.

Ours is the network with integers of eight bits (``quantise``), which is what a server without a GPU would run; *whole*
is the file that pages publish, in 32 bits; *torch* calls the module on a tensor, in ``inference_mode``. Opening files
and imports are not counted; one patch at a time, as a reader has it. Weights are random and patches are noise, which
changes nothing about the time; what eight bits do to the scores is measured on trained networks, see README.md.
"""

from __future__ import annotations

import os
from functools import partial
from pathlib import Path

import numpy as np
from measure import Cost, Goal, compare, folder, parser, run, side, timed

SIZES = (500,)
BANDS, EDGE, CLASSES = 12, 120, 19
WHOLE, SMALL = "whole.onnx", "small.onnx"
THIRD = 1 / 3
_ONE_THREAD = {"OMP_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"}


def main() -> None:
    """Write the networks once, then let all sides score the same patches."""
    given = parser(__doc__, SIZES).parse_args()
    if given.side:
        SIDES[given.side](given.data, given.sizes[0])
        return
    with folder(given.data) as data:
        if not (data / SMALL).is_file():
            write_networks(data)
        sizes = {name: (data / name).stat().st_size for name in (WHOLE, SMALL)}
        for size in given.sizes:
            sides = {name: partial(_run, name, data, size) for name in SIDES}
            compare("scores of patches", size, sides, rounds=given.rounds, goals=[Goal("torch", THIRD)], bytes=sizes)


def _run(name: str, data: Path, size: int) -> Cost:
    return run(side("inference.py", name, "--data", data, "--sizes", size), _ONE_THREAD)


def network() -> object:
    """Return the same random network each time."""
    from dsdocs.classify.networks import SCNN
    from dsdocs.classify.training import deterministic

    with deterministic(0):
        return SCNN([1500.0] * BANDS, [600.0] * BANDS, CLASSES, (EDGE, EDGE)).eval()


def patches(n: int) -> np.ndarray:
    """Return noise in the range of stored values."""
    return np.random.default_rng(0).normal(1500, 600, (n, BANDS, EDGE, EDGE)).astype(np.float32)


def write_networks(data: Path) -> None:
    """Write both files."""
    from dsdocs.classify.onnx import quantise, write_onnx

    source = {"asset": "sentinel-2", "bands": [f"B{n}" for n in range(BANDS)], "size": [EDGE, EDGE]}
    classes = [f"class {number}" for number in range(CLASSES)]
    about = {"title": "S-CNN-All", "input": source, "classes": classes, "activation": "sigmoid"}
    write_onnx(network(), about, data / WHOLE, example=patches(4))  # type: ignore[arg-type]
    quantise(data / WHOLE, data / SMALL, patches(8), patches(8))


def _onnxruntime(path: Path, n: int) -> None:
    from dsdocs.classify.runtime import open_model

    session, given = open_model(path, threads=1), patches(16)
    session.run(None, {"pixels": given[:1]})
    with timed():
        for number in range(n):
            session.run(None, {"pixels": given[number % 16][None]})


def _torch(data: Path, n: int) -> None:
    import torch

    torch.set_num_threads(1)
    model, given = network(), torch.from_numpy(patches(16))
    with torch.inference_mode():
        model(given[:1])  # type: ignore[operator]
        with timed():
            for number in range(n):
                model(given[number % 16][None])  # type: ignore[operator]


SIDES = {
    "ours": lambda data, n: _onnxruntime(data / SMALL, n),
    "whole": lambda data, n: _onnxruntime(data / WHOLE, n),
    "torch": _torch,
}

if __name__ == "__main__":
    os.environ.update(_ONE_THREAD)
    main()
