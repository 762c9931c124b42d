"""Other trackers on PATH, driven through one seam and measured beside tk; see ../README.md."""
