"""Records: a collection of documents of a dataclass, on the same log as the tasks."""

from __future__ import annotations

import sys
from dataclasses import dataclass, field

from bd_py import Store
from bd_py.errors import InvalidError


@dataclass
class Review:
    """What a reviewer found. Fields with a default need not be given."""

    task: str
    reviewer: str
    points: int
    accepted: bool = False
    remarks: list[str] = field(default_factory=list)


def check(review: Review) -> None:
    """What the types do not say."""
    if not 0 <= review.points <= 10:
        raise ValueError("points are 0 to 10")


def main(path: str) -> None:
    """Keep reviews, and find them by what they say."""
    with Store.open(path, actor="ada") as store:
        task = store.create("Write the importer")
        reviews = store.define(Review, "reviews", indexed=["reviewer", "points"], validator=check)
        first = reviews.create(Review(task.id, "grace", 4, remarks=["no tests"]))
        reviews.create_many([Review(task.id, "bob", 9, accepted=True), Review(task.id, "grace", 8)])

        try:
            reviews.create(Review(task.id, "bob", 11))
        except InvalidError as error:
            print(error.message)

        reviews.update(first.id, {"points": 7})
        good = reviews.list([("points", "gte", 7), ("reviewer", "in", ["grace", "bob"])], order="-points")
        print([(record.value.reviewer, record.value.points) for record in good])
        print(reviews.count({"reviewer": "grace"}), "of", reviews.count())

        prd = store.create_prd("An importer")
        spec = store.create_task_spec(prd.id, "build", task=task.id)
        run = store.create_execution(spec.id, worktree_path="../w", branch_name="importer")
        store.complete_execution(run.id)
        print(store.get_prd(prd.id).status)


if __name__ == "__main__":
    main(sys.argv[1])
