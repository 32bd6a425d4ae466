"""What did the paper of BigEarthNet find with these networks, and what is different here?"""

from __future__ import annotations

from dataclasses import dataclass

from dsdocs.classify.decisions import Quality, quality
from dsdocs.classify.scores import ClassifierScores, Model
from dsdocs.views import Cell, Table, View

THRESHOLD = 0.5  # the paper does not state one
# Sumbul et al. (2019), Table 4: precision and recall in per cent, F1, F2.
TABLE_4 = {
    "scnn-rgb": ("S-CNN-RGB", 65.06, 75.57, 0.6759, 0.7139),
    "scnn-all": ("S-CNN-All", 69.93, 77.10, 0.7098, 0.7384),
}
_PATCHES = 590_326 - 70_987  # ibid., section 4: without snow, clouds and their shadows


@dataclass(frozen=True, slots=True)
class BesidePaper:
    """The paper's figures beside those of here, and all that makes them two different things."""

    rows: tuple[tuple[Model, Quality], ...]  # of networks that the paper has
    classes: int

    def views(self) -> tuple[View, ...]:
        """Return figures and differences."""
        figures: list[tuple[Cell, ...]] = []
        for model, here in self.rows:
            title, precision, recall, f1, f2 = TABLE_4[model.name]
            own = (round(100 * here.precision, 2), round(100 * here.recall, 2), round(here.f1, 4), round(here.f2, 4))
            figures += [(title, "paper, Table 4", precision, recall, f1, f2), (title, "here", *own)]
        model = self.rows[0][0]
        facts = model.training
        device = {"cpu": "processor, no GPU", "cuda": "GPU"}.get(facts["device"], facts["device"])
        counts = facts["patches"]
        differences: tuple[tuple[Cell, ...], ...] = (
            ("Patches", f"{_PATCHES:,} of BigEarthNet", f"{sum(counts.values()):,} of this data set"),
            (
                "Training, validation, test",
                "60, 20 and 20 %, at random",
                f"{counts['train']:,}, {counts['val']:,} and {counts['test']:,}: {facts['split']}",
            ),
            ("Classes", "43", str(self.classes)),
            ("Epochs", "100", ", ".join(f"{one.title}: {_epochs(one)}" for one, _ in self.rows)),
            ("Training", "SGD; rate and batch not stated", _sgd(model)),
            ("Beyond it", "", "; ".join(facts["beyond_paper"]) or "nothing"),
            ("Averages, threshold", "not stated", f"samples, {THRESHOLD:g}"),
            ("Hardware", "not stated", device),
        )
        finding = (
            "The figures are not for comparing one archive with another: they say whether the same networks, trained "
            "the same way, rank alike."
        )
        return (
            Table(
                "Beside the paper", ("Network", "Where", "Precision (%)", "Recall (%)", "F1", "F2"), tuple(figures),
                finding,
            ),
            Table("What differs", ("What", "Paper", "Here"), differences),
        )  # fmt: skip


def beside_paper(scores: ClassifierScores) -> BesidePaper:
    """Measure the networks that the paper has with a threshold of 0.5, averaged over samples.

    The paper states neither. Its F1 is not that of its precision and recall (65.06 and 75.57 would give 0.699, not
    0.676), so it is a mean of F1, over samples or over classes.
    """
    rows = []
    for model in scores.models:
        if model.name in TABLE_4:
            test = scores.of(model.name)
            given = test.probabilities >= THRESHOLD
            rows.append((model, quality(test.truth, given, test.probabilities, "samples")))
    if not rows:
        raise ValueError(f"expected {' or '.join(TABLE_4)}; found {', '.join(one.name for one in scores.models)}")
    return BesidePaper(tuple(rows), len(scores.classes))


def _epochs(model: Model) -> str:
    return f"{model.training['best_epoch']} of {model.training['epochs']}"


def _sgd(model: Model) -> str:
    recipe = model.training["recipe"]
    return f"SGD; rate {recipe['rate']:g}, batches of {recipe['batch']}"
