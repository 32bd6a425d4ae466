"""A site as one file that opens from disk once it is unpacked: ``site.zip``."""

from __future__ import annotations

import zipfile
from pathlib import Path

from dsdocs.safe import writing

# Packed already; to pack them again takes time and saves nothing.
_STORED = frozenset({".avif", ".gif", ".gz", ".jpeg", ".jpg", ".parquet", ".png", ".webp", ".woff2", ".zip"})
_EPOCH = (1980, 1, 1, 0, 0, 0)  # the first that a zip can tell; a site holds no date of its build
_PLAIN_FILE = 0o100644 << 16


def pack_site(folder: Path, target: Path) -> int:
    """Pack every file of a site, and return the bytes of the zip; equal sites give equal bytes.

    Parameters
    ----------
    folder
        The site.
    target
        The zip; it is replaced when the new one is whole. It lies beside the site and not in it, where it would take as
        much again of what a host allows.
    """
    names = sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())
    with writing(target) as file, zipfile.ZipFile(file, "w") as packed:
        for name in names:
            member = zipfile.ZipInfo(name, _EPOCH)
            member.create_system = 3  # Unix, on every system
            member.external_attr = _PLAIN_FILE
            stored = Path(name).suffix.lower() in _STORED
            member.compress_type = zipfile.ZIP_STORED if stored else zipfile.ZIP_DEFLATED
            with (folder / name).open("rb") as source, packed.open(member, "w") as out:
                while chunk := source.read(1 << 20):
                    out.write(chunk)
    return target.stat().st_size
