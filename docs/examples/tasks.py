"""Tasks: make them, take one, prove it, close it."""

from __future__ import annotations

import sys

from bd_py import Store
from bd_py.errors import ConflictError, CycleError


def main(path: str) -> None:
    """Plan a small release in the store of a folder, and do the first part of it."""
    with Store.open(path, actor="ada", session="s1") as store:
        with store.batch() as batch:  # one append, one fsync; an error in here, and nothing was written
            notes = batch.create("Write the release notes", priority=1, labels=["docs"])
            tag = batch.create("Tag the release", depends_on=[notes])

        try:
            store.add_dependency(notes, tag)
        except CycleError as error:
            print(error.message)

        task = store.claim_next(labels=["docs"], ttl=600)
        with Store.open(path, actor="bob") as other:
            try:
                other.claim(task.id)
            except ConflictError as error:
                print(error.details["holder"]["name"], "has it")

        store.update(task.id, notes="Ask grace about the API", meta={"pages": 3})
        store.add_evidence(task.id, passed=True, command="make docs", exit_code=0)
        store.close(task.id, reason="published")
        print([task.title for task in store.ready()])
        print([event.type for event in store.history(task.id)])


if __name__ == "__main__":
    main(sys.argv[1])
