"""Other trackers' files, in and out: the bd record format, one JSON object a line."""
