"""A preview is data of a stranger: it is verified as such, page by page and file by file, before it is placed."""
