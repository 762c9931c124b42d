"""Plans on the command line: what ``create --from`` and ``create --graph`` read."""
