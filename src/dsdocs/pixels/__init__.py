"""All pixels of all patches, read once: figures of each band, of each class, and of each patch.

The pass over the archive (`dsdocs.pixels.measure`) leaves these files in the state folder; whoever comes after it
reads them with `dsdocs.pixels.stored.open_pixels` and never opens an image::

    pixels/            parts, one for some hundred files, under a digest of what they were made from
    pixels.json        figures of each band and of each class and band, the test of the band order, unreadable files
    pixels.parquet     one row for each patch and band that was read (`BAND_COLUMNS`)
    pixel-hashes.parquet
                       one row for each row of the summary, in its order (`HASH_COLUMNS`)

Patches that were not read (no files, unreadable, or not in the sample that ``[pixels] patches`` asks for) have no row
in ``pixels.parquet`` and nulls in ``pixel-hashes.parquet``. The package may import what stands left of it, up to
`dsdocs.project`.
"""
