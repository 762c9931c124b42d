"""Front matter: the part of YAML that people and trackers write above a Markdown text, read and written."""
