"""Tasks as Markdown files: their text, their places, and what the cache notes about them."""
