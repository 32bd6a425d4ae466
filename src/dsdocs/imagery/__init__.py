"""The only part that opens pixels: decode, stretch, composite, thumbnails.

Readers use `dsdocs.imagery.raster` for headers; the site and the analyses see thumbnails and numbers, never a
decoder.
"""
