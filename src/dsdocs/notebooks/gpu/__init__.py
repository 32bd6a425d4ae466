"""Cells that need a GPU run where there is one; everywhere else their stored results are used.

A result lies under ``_cache/`` in the author's book folder, in a folder named by the digest of all that it depends on
(``components``), and is looked at as a whole before it is used (``entries``). ``survey`` says how the cells of today's
pages stand to what is stored; ``execute`` brings them up to date; ``inside`` is what cells themselves call. Only
``execute`` loads the Jupyter libraries.
"""
