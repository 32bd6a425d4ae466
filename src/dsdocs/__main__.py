"""Run the command line with ``python -m dsdocs``."""

from dsdocs.cli import main

main()
