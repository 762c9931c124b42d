"""A verb a file: its declaration, then a plain function that knows no click."""
