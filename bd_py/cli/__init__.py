"""The command line: verbs as data, two parsers, one boundary for errors."""
