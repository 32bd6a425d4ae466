"""Warnings go with the patches that they are about, and with no others."""

from __future__ import annotations

import pytest

from dsdocs.summary.lost import Lost


@pytest.mark.parametrize(
    ("path", "concerned"),
    [
        ("a/p_1/p_1_B02.tif", True),
        ("a/p_1/p_1_labels_metadata.json", True),
        ("a/p_1", True),  # the folder itself
        ("a/p_10/p_10_B02.tif", False),
        ("a/p_10", False),
        ("b/p_1/p_1_B02.tif", False),
        ("a", False),
        ("x.jpg", True),
        ("y/x.jpg", False),
        ("labels.csv", False),  # the table tells of other patches too
        ("q", True),
        ("b/q", True),
        ("b/q/q_labels_metadata.json", True),
        ("b/qq/qq_labels_metadata.json", False),
    ],
)
def test_a_warning_goes_with_its_patch_alone(path: str, concerned: bool) -> None:
    lost = Lost({"labels.csv"})
    for each in ("a/p_1/p_1_{band}.tif", "x.jpg", "labels.csv"):
        lost.add_path(each)
    lost.add_name("q")
    assert lost.concerns(path) is concerned
