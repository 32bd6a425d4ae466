"""How views look: HTML, CSV, plain text and the scripts of maps; imported by notebooks, site and cli."""
