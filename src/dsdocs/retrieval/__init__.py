"""Search for similar patches: an index in static files, exact search, and how good it is."""
