"""Where patches lie: tile names, country polygons, outlines of footprints and the base map.

Readers, analyses, pages and the site may import it; it reads vendored map files and knows no archive.
"""
