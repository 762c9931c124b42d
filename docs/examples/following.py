"""The log as it grows: what came in since, whoever wrote it."""

from __future__ import annotations

import sys
import threading

from bd_py import Store


def main(path: str) -> None:
    """Follow a store while another thread writes to it."""
    with Store.open(path, actor="ada") as store:
        cursor = store.cursor()
        task = store.create("Write the importer")
        store.add_event(task.id, "build-started", {"machine": "m1"})

        page = store.events(cursor)
        print([event.type for event in page])
        assert not store.events(page.cursor).events, "each event once"

        seen = threading.Event()

        def close_it() -> None:
            with Store.open(path, actor="bob") as other:
                other.close(task.id)

        threading.Timer(0.2, close_it).start()
        for event in store.watch(page.cursor, timeout=30, stop=seen):
            print(event.by["name"], event.type)
            if event.type == "task.closed":
                seen.set()


if __name__ == "__main__":
    main(sys.argv[1])
