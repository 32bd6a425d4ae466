"""Every error that dsdocs raises on purpose.

::

    DsdocsError                  base class; the command line prints it and exits with 2
    ├── ConfigError              dsdocs.toml: an unknown key, a wrong value, a missing file
    ├── ArchiveError             the archive cannot be read at all
    │   └── DetectionError       no reader, or more than one, claims the archive
    ├── MemberError              the bytes of one file of the archive cannot be had
    ├── EngineError              the workers cannot do the work
    ├── NomenclatureError        a class list is unknown, or a label is not in it
    ├── RasterError              the pixels or the header of one image cannot be read
    ├── SummaryError             a summary file does not hold what its schema promises
    ├── ClaimError               a published figure is bound to no expression, or the archive does not bear it out
    ├── ErrataError              the table of errata cannot be read, or holds what it must not
    ├── SplitError               a split cannot be made as asked, or a recipe is for another summary
    ├── ExportError              patches cannot be written in the format that was asked for
    ├── ExplorerError            a file of an explorer is damaged, or a selection names what there is not
    ├── FeatureError             an encoder cannot be had, or does not fit the data
    ├── RetrievalError           an index finds too little, or one of its files is damaged
    ├── ClassifyError            a network cannot be trained, written or read as asked
    ├── CellError                a notebook cell failed
    ├── CacheError               stored results of a GPU cell are missing, outdated, damaged, or not to be trusted
    ├── AssetError               a browser file or data file of the package is missing
    ├── SiteError                the site could not be built or does not pass its checks
    └── PublishError             what is to be published cannot be read, or may not be published

One bad patch is not an error of this tree: readers yield it as a `dsdocs.records.RecordError`.
"""

from __future__ import annotations


class DsdocsError(Exception):
    """Say what was read, what was found, what was expected, and the next step."""


class ConfigError(DsdocsError):
    """``dsdocs.toml`` cannot be used.

    Attributes
    ----------
    file
        The configuration file as the user named it.
    key
        Dotted key, for example ``dataset.licence``; empty for the whole file.
    """

    def __init__(self, file: str, key: str, problem: str) -> None:
        self.file = file
        self.key = key
        self.problem = problem
        super().__init__(f"{file}: {key}: {problem}" if key else f"{file}: {problem}")


class ArchiveError(DsdocsError):
    """The archive cannot be read at all.

    Attributes
    ----------
    category
        For example ``archive.corrupt`` or ``archive.bomb``; empty where the archive is not to blame.
    """

    def __init__(self, message: str, category: str = "") -> None:
        self.category = category
        super().__init__(f"{message} ({category})" if category else message)


class DetectionError(ArchiveError):
    """No reader, or more than one, claims the archive.

    Attributes
    ----------
    claims
        Names of the readers that claim the archive, sorted.
    """

    def __init__(self, message: str, claims: tuple[str, ...] = (), category: str = "") -> None:
        self.claims = claims
        super().__init__(message, category)


class MemberError(DsdocsError):
    """The bytes of one file of the archive cannot be had.

    Attributes
    ----------
    path
        Path of the file in the archive.
    category
        ``archive.corrupt``, ``archive.bomb``, ``archive.encrypted``, ``archive.unsupported``, ``fs.permission`` ...
    problem
        What was found and what was expected.
    """

    def __init__(self, path: str, category: str, problem: str) -> None:
        self.path = path
        self.category = category
        self.problem = problem
        super().__init__(f"{path}: {problem}")


class EngineError(DsdocsError):
    """The workers cannot do the work: one died, or the cluster cannot be reached."""


class NomenclatureError(DsdocsError):
    """A class list is unknown, or a label is not in it."""


class RasterError(DsdocsError):
    """The pixels or the header of one image cannot be read.

    Attributes
    ----------
    file
        Path of the image in its archive.
    category
        ``image.corrupt``, ``image.mismatch``, ``image.missing``, ``image.too-large``, ``image.unsupported``,
        ``input.junk`` or ``geo.invalid``.
    """

    def __init__(self, file: str, category: str, problem: str) -> None:
        self.file = file
        self.category = category
        self.problem = problem
        super().__init__(f"{file}: {problem}")


class SummaryError(DsdocsError):
    """A summary file does not hold what its schema promises."""


class ClaimError(DsdocsError):
    """A published figure is bound to something that is no expression, or, where claims are strict, is not borne out."""


class ErrataError(DsdocsError):
    """The table of errata cannot be read, or a row of it holds what it must not.

    Attributes
    ----------
    file
        The table as the user named it.
    problem
        What was found and what was expected; of every row.
    """

    def __init__(self, file: str, problem: str) -> None:
        self.file = file
        self.problem = problem
        super().__init__(f"{file}: {problem}")


class SplitError(DsdocsError):
    """A split cannot be made as asked, or not again as its recipe says."""


class ExportError(DsdocsError):
    """Patches cannot be written in the format that was asked for."""


class ExplorerError(DsdocsError):
    """A file of an explorer is damaged, or a selection of patches cannot be read or is for another summary."""


class FeatureError(DsdocsError):
    """An encoder cannot be had, or does not fit the data."""


class RetrievalError(DsdocsError):
    """An index finds fewer of the nearest patches than it has to, or one of its files is damaged."""


class ClassifyError(DsdocsError):
    """A network cannot be trained as asked, or its file or its scores do not hold what they should."""


class CellError(DsdocsError):
    """A notebook cell failed.

    Attributes
    ----------
    page
        File name of the page.
    cell
        Number of the code cell on the page, counted from 1.
    traceback
        Plain text of the traceback, without terminal colours.
    """

    def __init__(self, page: str, cell: int, traceback: str) -> None:
        self.page = page
        self.cell = cell
        self.traceback = traceback
        super().__init__(f"{page}: code cell {cell} failed\n{traceback}")


class CacheError(DsdocsError):
    """Stored results of a GPU cell are missing, outdated or damaged, or what it leaves cannot be stored.

    Attributes
    ----------
    cell
        ``PAGE/NAME`` of the GPU cell; empty where it is none in particular.
    changed
        What has changed since its results were stored, as ``kind: what``.
    """

    def __init__(self, message: str, *, cell: str = "", changed: tuple[str, ...] = ()) -> None:
        self.cell = cell
        self.changed = changed
        super().__init__(message)


class AssetError(DsdocsError):
    """A browser file or data file of the package is missing."""


class SiteError(DsdocsError):
    """The site could not be built or does not pass its checks."""


class PublishError(DsdocsError):
    """What is to be published cannot be read, or may not be published.

    A preview that is refused is no error: the report of `dsdocs publish assemble` tells of it.
    """
