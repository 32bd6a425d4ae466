"""Put together what GitHub Pages serves: the site of the default branch, and a preview for each pull request.

`collect` asks the API, `assemble` reads files alone, `comment` tells what came of it. May import everything before it.
"""
