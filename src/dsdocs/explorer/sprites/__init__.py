"""Small pictures of all patches, or of as many as a budget of bytes has room for, in sheets that a browser cuts apart.

Sprites look like the thumbnails: the same bands and the same stretch, only smaller. They are made part by part, each
kept under the digest of what it was made from, in the folder ``sprites`` of the state folder. The package may import
what stands left of `dsdocs.explorer`.
"""

from dsdocs.explorer.sprites.make import MadeSprites, make_sprites, sprite_entries

__all__ = ["MadeSprites", "make_sprites", "sprite_entries"]
