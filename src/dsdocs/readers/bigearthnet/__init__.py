"""BigEarthNet, versions 1 and 2: names, metadata and folders that both share, and a reader for each."""
