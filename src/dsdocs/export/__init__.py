"""Write an archive in the formats people train from: each patch once, losslessly, with its labels.

All formats hold the same samples and none can run code when it is read. Beside the data lie ``index.parquet``, the rows
of the summary in the order of the samples, and ``dataset.json``, which says what the arrays are.
"""

from dsdocs.export.formats import FORMATS, Format
from dsdocs.export.samples import Sample, Samples
from dsdocs.export.write import Exported, export

__all__ = ["FORMATS", "Exported", "Format", "Sample", "Samples", "export"]
