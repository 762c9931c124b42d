"""Writing to a store whose tasks are plain files: events beside them, people's edits taken in, both kept in step."""
