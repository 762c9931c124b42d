"""The cache: the only writer of SQLite. The log is the truth; this is its projection."""
