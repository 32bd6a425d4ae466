"""Commands in groups, registered by `dsdocs.cli`, which alone may import them; heavy libraries wait until one runs."""
