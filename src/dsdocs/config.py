"""``dsdocs.toml`` as typed values: what the author says about the data set, checked key by key."""

from __future__ import annotations

import datetime as dt
import difflib
import tomllib
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StrictBool,
    StrictInt,
    StrictStr,
    StringConstraints,
    ValidationError,
    model_validator,
)

from dsdocs.archive.address import is_secret
from dsdocs.archive.member import Limits
from dsdocs.datasheet import check_keys
from dsdocs.errors import ConfigError
from dsdocs.layout import Layout

FILE_NAME = "dsdocs.toml"
Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)]
Url = Annotated[str, StringConstraints(pattern=r"^https?://[^\s<>\"]+$")]


class _Section(BaseModel):
    """A table of the file; unknown keys are errors, values are immutable."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Author(_Section):
    """One author of the data set."""

    name: Text = Field(description="Full name, as it should be cited.")
    affiliation: Text | None = Field(default=None, description="Institution.")
    orcid: Annotated[str, StringConstraints(pattern=r"^\d{4}-\d{4}-\d{4}-\d{3}[\dX]$")] | None = Field(
        default=None, description="ORCID iD, for example 0000-0002-1825-0097."
    )


class Dataset(_Section):
    """Who made the data set, and under which terms it may be used."""

    title: Text | None = Field(
        default=None, description="Name of the data set. Default: the name of the detected layout."
    )
    description: Text | None = Field(default=None, description="One paragraph for the start page; plain text.")
    version: Text | None = Field(default=None, description="Version of the data set.")
    authors: tuple[Author, ...] = Field(default=(), description="Authors in the order of citation.")
    licence: Text | None = Field(default=None, description="SPDX identifier of the licence, for example CC-BY-4.0.")
    citation: Text | None = Field(default=None, description="How to cite the data set, as one sentence.")
    publisher: Text | None = Field(
        default=None, description="Who publishes the archive, for example Zenodo; a DataCite record asks for it."
    )
    doi: Annotated[str, StringConstraints(pattern=r"^10\.\d{4,9}/\S+$")] | None = Field(
        default=None, description="DOI without a resolver, for example 10.5281/zenodo.1234567."
    )
    homepage: Url | None = Field(default=None, description="Where the archive can be downloaded or read about.")
    published: dt.date | None = Field(default=None, description="Day on which this version was published: YYYY-MM-DD.")
    keywords: tuple[Text, ...] = Field(default=(), description="Words under which the data set should be found.")
    repository: Url | None = Field(
        default=None, description="Repository of this site; pages link to it for corrections."
    )
    errata: Annotated[str, StringConstraints(pattern=r"^[^\x00]+\.(parquet|csv)$")] | None = Field(
        default=None,
        description="Table of what is wrong with single patches, relative to this file; see [errata](errata.md). "
        "Default: errata.parquet or errata.csv beside it, where there is one.",
    )


# Not stripped: the name of a folder may begin or end with a space.
Place = Annotated[str, StringConstraints(min_length=1)]
_DEFAULT = Limits()


class LimitsSection(_Section):
    """What an archive may ask of the machine; more is taken for a decompression bomb."""

    members: int = Field(default=_DEFAULT.members, ge=1, description="Files of the archive.")
    size: int = Field(default=_DEFAULT.size, ge=1, description="Bytes of all files together, uncompressed.")
    member_size: int = Field(default=_DEFAULT.member_size, ge=1, description="Bytes of one file, uncompressed.")
    ratio: int = Field(
        default=_DEFAULT.ratio, ge=1, description="Uncompressed bytes for each compressed one, beyond `ratio_from`."
    )
    ratio_from: int = Field(
        default=_DEFAULT.ratio_from, ge=1, description="Uncompressed bytes up to which `ratio` is not looked at."
    )
    held: int = Field(default=_DEFAULT.held, ge=1, description="Bytes of one packed file, which memory has to hold.")
    path_length: int = Field(default=_DEFAULT.path_length, ge=1, description="Bytes of a path in the archive.")
    pixels: int = Field(default=_DEFAULT.pixels, ge=1, description="Width x height x bands of one image.")

    def as_limits(self) -> Limits:
        """Return the limits as containers take them."""
        return Limits(**self.model_dump())


# These look at a whole value before its type is checked, so that no message shows what may be a secret.


def _places(path: object) -> object:
    places = [path] if isinstance(path, str) else path
    if path is not None and not (
        isinstance(places, list | tuple) and places and all(isinstance(place, str) and place for place in places)
    ):
        raise ValueError("expected a path or a URL, or a list of them")
    return path


def _public(options: object) -> object:
    for name, value in options.items() if isinstance(options, dict) else ():
        if is_secret(str(name)):
            raise ValueError(
                f"{name!r} is a secret and must not stand in this file; set it in the environment: AWS_ACCESS_KEY_ID "
                "and AWS_SECRET_ACCESS_KEY, GOOGLE_APPLICATION_CREDENTIALS, HF_TOKEN, or ~/.netrc for https"
            )
        if not isinstance(value, str | int | bool):
            raise ValueError(f"{name!r}: expected a text, a whole number, true or false")
    return options


class ArchiveSection(_Section):
    """Where the archive lies and how it is read."""

    path: Annotated[Place | Annotated[tuple[Place, ...], Field(min_length=1)] | None, BeforeValidator(_places)] = Field(
        default=None,
        description="Path of the archive, relative to this file, or its URL; a list if it has several parts. "
        "`*` stands for any characters of a file name.",
    )
    reader: Text | None = Field(
        default=None, description="Name of the reader. Default: detected from the member names."
    )
    patch_size: int = Field(
        default=512, ge=16, description="Edge in pixels of the patches that frames with a mask are cut into."
    )
    options: Annotated[dict[str, StrictStr | StrictInt | StrictBool], BeforeValidator(_public)] = Field(
        default_factory=dict,
        description="How an archive with a URL is reached, as the file system of fsspec takes it: `anon`, "
        "`endpoint_url`, `requester_pays` ... Never keys or passwords, which belong into the environment.",
    )
    limits: LimitsSection = Field(default_factory=LimitsSection, description="What the archive may ask of the machine.")

    @property
    def sources(self) -> tuple[str, ...]:
        """What `path` names, as written; empty if it is missing."""
        return (self.path,) if isinstance(self.path, str) else self.path or ()


class Labels(_Section):
    """The class list of the labels."""

    most: int | None = Field(default=None, ge=1, description="Declared largest number of labels of a patch.")
    nomenclature: Text | None = Field(
        default=None, description="A built-in nomenclature, or the path of a nomenclature file. Default: detected."
    )


class BandSection(_Section):
    """One band of a sensor."""

    name: Text = Field(description="Name as in the file names, or the name of the channel.")
    description: str = Field(default="", description="What the band is for.")
    gsd: float | None = Field(default=None, gt=0, description="Ground sample distance in metres.")
    centre: float | None = Field(default=None, gt=0, description="Central wavelength in nanometres.")
    width: float | None = Field(default=None, gt=0, description="Bandwidth in nanometres.")
    unit: str = Field(default="", description="Unit of the stored values. Default: that of the detected band.")


class SensorSection(_Section):
    """One sensor of the data set, built in (``use``) or described here."""

    use: Text | None = Field(default=None, description="Identifier of a built-in sensor, for example sentinel-2-l2a.")
    title: Text | None = Field(default=None, description="Name of the sensor.")
    kind: Literal["optical", "radar", "map"] | None = Field(default=None, description="What the values are.")
    bands: tuple[BandSection, ...] = Field(default=(), description="Bands in file order.")
    true_colour: tuple[str, str, str] | None = Field(default=None, description="Bands shown as red, green, blue.")
    false_colour: tuple[str, str, str] | None = Field(default=None, description="A second choice of three bands.")
    saturated: float | None = Field(
        default=None, description="Value from which pixels are saturated. Default: the largest of their kind of number."
    )


class Splits(_Section):
    """How the splits were made."""

    rule: Text | None = Field(default=None, description="One sentence on how the splits were made.")


class Country(_Section):
    """How patches are given a country."""

    max_distance: float = Field(
        default=50_000.0, ge=0, description="Patches farther than this from every country, in metres, have none."
    )


class Thumbnails(_Section):
    """The pictures of the site."""

    count: int = Field(default=48, ge=1, le=2000, description="Patches shown with a picture.")
    budget: int = Field(default=2_000_000, ge=10_000, description="Bytes that all pictures together may take.")


class Pixels(_Section):
    """The pass over all pixels."""

    patches: Literal["all"] | Annotated[StrictInt, Field(ge=0)] = Field(
        default="all",
        description='Patches whose pixels are read for statistics: "all", the number of a sample that is the same '
        "every time and has each class and split, or 0 for none.",
    )


class Explorer(_Section):
    """The page on which readers see, filter and open every patch."""

    bands: int = Field(
        default=24, ge=0, le=500,
        description="Patches with all their bands in the page, for the band lab: chosen so that each class, split and "
        "season is seen; 0 for none.",
    )  # fmt: skip
    sprites: int = Field(
        default=60_000_000, ge=0,
        description="Bytes that the small pictures of all patches may take; where they do not reach, fewer patches "
        "have one, chosen so that each class, split and season is seen. 0 for none.",
    )  # fmt: skip
    edge: int = Field(default=32, ge=8, le=128, description="Edge of these pictures in pixels, at most.")


class Loading(_Section):
    """The examples of how the data is loaded."""

    throughput: int = Field(
        default=32, ge=0, le=10_000,
        description="Patches on which reading speeds are measured while the site is built; 0: none, and two builds of "
        "the same data are equal to the byte.",
    )  # fmt: skip


class Retrieval(_Section):
    """The page on which readers search by example."""

    encoders: tuple[Text, ...] = Field(
        default=("handmade",),
        description="What turns patches into vectors that are compared; see [features](features.md). An empty list: "
        "there is no search.",
    )
    recall: float = Field(
        default=0.95, ge=0, le=1,
        description="Share of the ten nearest patches that a search has to find, over sampled queries; below, the "
        "build fails.",
    )  # fmt: skip
    neighbours: int = Field(
        default=24, ge=1, le=40, description="Nearest patches of each patch that are found when the site is built."
    )
    bytes: int = Field(default=500_000, ge=100_000, description="Bytes that a search may read.")
    seed: int = Field(default=0, ge=0, lt=2**31, description="Of everything that is drawn by chance.")


class Classify(_Section):
    """The classifiers that readers try."""

    models: tuple[Text, ...] = Field(
        default=(),
        description="ONNX files: paths relative to this file, or `cell:PAGE/CELL/FILE` of a GPU cell; see "
        "[classifiers](classification.md). An empty list: there is no page.",
    )
    scores: Text | None = Field(
        default=None, description="Scores of the test patches, which training leaves beside the models; named alike."
    )


class Figure(_Section):
    """One published figure about the data set, and how it follows from the archive."""

    says: Text = Field(description="What the figure is, in words.")
    value: float = Field(allow_inf_nan=False, description="The figure as it was published.")
    expression: Text = Field(
        description='What gives it: numbers, names of facts, `+ - * / ( )`, `count(label="Beaches")` and the like.'
    )
    source: Text = Field(description="Who published it, and where.")
    table: str = Field(default="", description="Where in the source: a table, a figure, a section.")
    url: Url | None = Field(default=None, description="Address of the source.")
    unit: str = Field(default="", description="Unit of the figure.")
    decimals: int | None = Field(default=None, ge=0, le=12, description="To which it was rounded. Default: exact.")
    tolerance: float = Field(
        default=0.0, ge=0, allow_inf_nan=False, description="By how much the archive may differ, in the same unit."
    )
    on_part: Literal["nothing", "at most", "at least", "share", "compare"] = Field(
        default="nothing",
        description="What a part of the data set says of it: nothing; that it is at most or at least so much, as with "
        "a count or a minimum; it is a share, which a tenth of the patches can tell; or it is compared in any case.",
    )


class Claims(_Section):
    """What was published about the data set, to be checked."""

    use: tuple[Text, ...] | None = Field(
        default=None, description="Ready-made lists of claims. Default: those of the data set that was recognised."
    )
    strict: StrictBool = Field(
        default=False,
        description="Whether a claim that differs, or one of `figures` that cannot be computed, is an error.",
    )
    patches: int | None = Field(
        default=None, ge=1, description="Patches of the whole data set, where the archive may be a part of it."
    )
    figures: dict[str, Figure] = Field(
        default_factory=dict, description="Published figures, under the names by which prose quotes them."
    )


class Compare(_Section):
    """What the data set is compared with."""

    summaries: dict[str, Place] = Field(
        default_factory=dict,
        description="Summaries of other data sets, each under the name of its data set: paths relative to this file.",
    )
    published: StrictBool = Field(default=True, description="Whether archives that papers list are shown as well.")


class Version(_Section):
    """An earlier version of the data set."""

    name: Text = Field(description="Name of the version, for example 1.0.")
    date: dt.date = Field(description="Day on which it was published: YYYY-MM-DD.")
    summary: Place | None = Field(
        default=None,
        description="Its summary.parquet: path relative to this file, or URL, which is read once. Where it is given, "
        "a page tells what has changed since.",
    )
    url: Url | None = Field(
        default=None, description="Address of the start page of its site, for the list of versions."
    )


class Cache(_Section):
    """Stored results of GPU cells, which are committed with the pages."""

    budget: int = Field(default=50_000_000, ge=0, description="Bytes that all stored results together may take.")


class Comments(_Section):
    """Comments below pages, from a service that is asked when the reader presses a button, and not before."""

    provider: Literal["giscus", "hypothesis"] = Field(
        description="Who keeps them: discussions on GitHub through giscus.app, or annotations of hypothes.is."
    )
    repository: Annotated[str, StringConstraints(pattern=r"^[\w.-]+/[\w.-]+$")] | None = Field(
        default=None, description="Of giscus: the repository whose discussions they are, owner/name."
    )
    repository_id: Text | None = Field(default=None, description="Of giscus: what https://giscus.app gives for it.")
    category: Text | None = Field(default=None, description="Of giscus: the category of the discussions.")
    category_id: Text | None = Field(default=None, description="Of giscus: what https://giscus.app gives for it.")

    @model_validator(mode="after")
    def _complete(self) -> Self:
        names = ("repository", "repository_id", "category", "category_id")
        given = [name for name in names if getattr(self, name) is not None]
        wanted = names if self.provider == "giscus" else ()
        if sorted(given) != sorted(wanted):
            need, found = (", ".join(names) or "none of its keys" for names in (wanted, given))
            raise ValueError(f"{self.provider} needs {need}; found {found}")
        return self


class Site(_Section):
    """The site itself."""

    url: Url | None = Field(default=None, description="Address at which the site will be published.")
    book: Text = Field(default="book", description="Folder of the pages, relative to this file.")
    branch: Annotated[str, StringConstraints(pattern=r"^[^\s~^:?*\[\\]+$")] = Field(
        default="main", description="Branch of the repository on which pages are edited."
    )
    comments: Comments | None = Field(
        default=None, description="Comments below pages. Default: none, and no page asks another host for anything."
    )


class Config(_Section):
    """All of ``dsdocs.toml``; every table and every key may be left out."""

    dataset: Dataset = Field(default_factory=Dataset, description="Who made the data set, and its terms of use.")
    archive: ArchiveSection = Field(default_factory=ArchiveSection, description="Where the archive lies.")
    layout: Layout | None = Field(
        default=None, description="Which files there are and what their paths say, where no reader knows the layout."
    )
    labels: Labels = Field(default_factory=Labels, description="The class list of the labels.")
    sensors: dict[str, SensorSection] = Field(
        default_factory=dict, description="A sensor for each asset of the archive, under the asset's key."
    )
    splits: Splits = Field(default_factory=Splits, description="How the splits were made.")
    country: Country = Field(default_factory=Country, description="How patches are given a country.")
    thumbnails: Thumbnails = Field(default_factory=Thumbnails, description="The pictures of the site.")
    pixels: Pixels = Field(default_factory=Pixels, description="The pass over all pixels.")
    explorer: Explorer = Field(
        default_factory=Explorer, description="The page on which readers see, filter and open every patch."
    )
    loading: Loading = Field(default_factory=Loading, description="The examples of how the data is loaded.")
    retrieval: Retrieval = Field(default_factory=Retrieval, description="The page on which readers search by example.")
    classify: Classify = Field(default_factory=Classify, description="The classifiers that readers try.")
    claims: Claims = Field(default_factory=Claims, description="What was published about the data set, to be checked.")
    compare: Compare = Field(default_factory=Compare, description="What the data set is compared with.")
    versions: tuple[Version, ...] = Field(default=(), description="Earlier versions of the data set, in any order.")
    datasheet: Annotated[dict[str, Text], BeforeValidator(check_keys)] = Field(
        default_factory=dict,
        description="Answers to the questions of the [data sheet](living.md#the-data-sheet), under their keys.",
    )
    cache: Cache = Field(default_factory=Cache, description="Stored results of GPU cells.")
    site: Site = Field(default_factory=Site, description="The site itself.")

    @model_validator(mode="after")
    def _versions_differ(self) -> Self:
        names = [version.name for version in self.versions]
        for name in names:
            if name == self.dataset.version:
                raise ValueError(f"versions: {name!r} is dataset.version; expected earlier versions alone")
            if names.count(name) > 1:
                raise ValueError(f"versions: two have the name {name!r}")
        return self


def load_config(path: Path) -> Config:
    """Read and check a configuration file.

    Raises
    ------
    ConfigError
        The file is missing or is no TOML, or a key is unknown or has a wrong value; the message names the file, the
        key and, for an unknown key, the nearest known one.
    """
    try:
        text = path.read_text(encoding="utf-8")
        data = tomllib.loads(text)
    except FileNotFoundError:
        raise ConfigError(str(path), "", "no such file; write one with: dsdocs init") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigError(str(path), "", f"not valid TOML: {error}") from error
    return parse_config(data, file=str(path))


def parse_config(data: dict[str, Any], *, file: str = FILE_NAME) -> Config:
    """Check configuration that was read elsewhere; see `load_config`."""
    try:
        return Config.model_validate(data)
    except ValidationError as error:
        first = error.errors()[0]
        key = ".".join(str(part) for part in first["loc"])
        raise ConfigError(file, key, _problem(first["type"], first["loc"], first["msg"], first["input"])) from None


def json_schema() -> dict[str, Any]:
    """Return the JSON Schema of ``dsdocs.toml``."""
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **Config.model_json_schema()}


def documented_keys() -> tuple[tuple[str, str], ...]:
    """Return every key, dotted, with its description, in the order of the file."""
    return tuple(_walk(Config, ""))


def _walk(model: type[BaseModel], prefix: str) -> list[tuple[str, str]]:
    keys: list[tuple[str, str]] = []
    for name, field in model.model_fields.items():
        nested, many = _nested(field.annotation)
        path = f"{prefix}{name}"
        if nested is None and getattr(field.annotation, "__origin__", None) is dict:
            keys.append((f"{path}.<key>", field.description or ""))
        elif nested is None:
            keys.append((path, field.description or ""))
        else:
            keys += _walk(
                nested, f"{path}.<key>." if many == "dict" else f"{path}[]." if many == "list" else f"{path}."
            )
    return keys


def _nested(annotation: Any) -> tuple[type[BaseModel] | None, str]:
    """Find the section class inside an annotation, and whether it stands alone, in a list or in a table."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation, ""
    arguments = getattr(annotation, "__args__", ())
    origin = getattr(annotation, "__origin__", None)
    for argument in arguments:
        if isinstance(argument, type) and issubclass(argument, BaseModel):
            return argument, "dict" if origin is dict else "list" if origin is tuple else ""
    return None, ""


def _problem(kind: str, location: tuple[int | str, ...], message: str, value: object) -> str:
    if kind == "value_error":  # of a check of ours: it says all, and the value may be a secret
        return message.removeprefix("Value error, ")
    if kind == "missing":
        return "is missing; it has to be given here"
    if kind.startswith("date_"):
        return f"expected a day as YYYY-MM-DD; found {value!r}"
    if kind != "extra_forbidden":
        return f"{message}; found {value!r}"
    known = _known_keys(location[:-1])
    near = difflib.get_close_matches(str(location[-1]), known, n=1, cutoff=0.0)
    nearest = f"; the nearest known key is {near[0]!r}" if near else ""
    return f"unknown key{nearest} (known here: {', '.join(known)})"


def _known_keys(location: tuple[int | str, ...]) -> list[str]:
    """Return the names that may stand in the table at a location."""
    model: type[BaseModel] = Config
    for part in location:
        field = model.model_fields.get(str(part))
        if field is not None:
            model = _nested(field.annotation)[0] or model
    return list(model.model_fields)
