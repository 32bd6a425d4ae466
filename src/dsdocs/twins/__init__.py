"""The same facts once more, for machines: each module writes one published format from what `about` gathered.

The site may import it; its modules import the project and the summary, and never one another except `about`.
"""
