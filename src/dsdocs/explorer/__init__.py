"""The explorer: every patch of a data set in the hands of a reader, from plain files on any web server.

`build` turns a summary into columns of codes and places in an order of their own, `manifest` writes them as small
files, `read` decodes these again; `select` and `listing` mean by a selection what the page means by it. May be imported
by what stands below it; imports resplit and what stands above it.
"""
