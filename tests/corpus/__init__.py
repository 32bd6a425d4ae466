"""Archives in bad states, made by generators: what lies in them and what must come of it."""
