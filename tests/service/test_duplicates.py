"""Near-identical titles: groups, and the twin of a new one."""

from __future__ import annotations

from itertools import combinations

from hypothesis import given
from hypothesis import strategies as st

from bd_py import query
from bd_py.service import duplicates
from bd_py.service import search as service
from bd_py.terms import likeness, normal
from bd_py.workspace import Workspace
from tests.inprocess import Cli

WORDS = st.sampled_from("fix fixes the login logins page test v1 v2 refactor vectors vector".split())
TITLES = st.lists(st.lists(WORDS, min_size=1, max_size=6).map(" ".join), max_size=12)


def one_word_apart(one: str, other: str) -> bool:
    """Whether the words are the same but for one: changed, more or less."""
    ours, theirs = sorted(one.split()), sorted(other.split())
    fewer = [[*words[:k], *words[k + 1 :]] for words in (ours, theirs) for k in range(len(words))]
    mine, yours = fewer[: len(ours)], fewer[len(ours) :]
    # A single word taken away would leave nothing, in which every title of one word is like every other.
    mine, yours = ([rest for rest in each if rest] for each in (mine, yours))
    return ours == theirs or ours in yours or theirs in mine or any(rest in yours for rest in mine)


@given(TITLES, st.sampled_from([0.5, 0.7, 0.85, 1.0]))
def test_groups_are_those_of_comparing_every_pair(titles: list[str], threshold: float) -> None:
    named = [(f"t{k:02}", title) for k, title in enumerate(titles)]
    by_id = dict(named)
    found = duplicates.groups(named, threshold)
    ids = [task for _, group in found for task in group]
    assert len(set(ids)) == len(ids), "a task is in one group at most"
    for alike, (first, *others) in found:
        assert others
        scores = [likeness(normal(by_id[first]), normal(by_id[other])) for other in others]
        assert min(scores) == alike >= threshold
        assert all(one_word_apart(by_id[first], by_id[other]) for other in others)
    for one, other in combinations(by_id, 2):
        near = likeness(normal(by_id[one]), normal(by_id[other])) >= threshold
        if near and one_word_apart(by_id[one], by_id[other]):
            assert one in ids or other in ids


def like(opened: Workspace, title: str) -> str | None:
    opened.refresh()
    found = duplicates.like(opened.conn, title, "")
    return None if found is None else found[0]


def test_the_twin_of_a_new_title(cli: Cli) -> None:
    """With an index, with one that has not seen the twin yet, and without any: the same answer."""
    twin = cli.new("Refactor the vector layer of the editor")
    done = cli.new("Write the release notes for guests")
    cli("close", done)
    opened = Workspace.find(str(cli.root))
    for searched in (False, True):
        if searched:
            assert service.search(opened, "vector", query.Filter(query.ALL))
        assert like(opened, "Refactor the vector layers of the editor") == twin
        assert like(opened, "refactor the VECTOR layer, of the editor") == twin
        assert like(opened, "Refactor the login") is None
        assert like(opened, "Write the release notes for guests") is None, "it is done"
        assert like(opened, "…") is None
        assert duplicates.like(opened.conn, "Refactor the vector layer of the editor", twin) is None
    later = cli.new("Debounce the retry of the webhook")
    assert like(opened, "Debounce the retries of the webhook") == later, "noted, not in the index yet"
    opened.close()


def test_too_many_open_tasks_are_not_compared_one_by_one(cli: Cli, monkeypatch: object) -> None:
    cli.new("Refactor the vector layer")
    opened = Workspace.find(str(cli.root))
    assert like(opened, "Refactor the vector layer") is not None
    most, duplicates.MOST_COMPARED = duplicates.MOST_COMPARED, 0
    try:
        assert like(opened, "Refactor the vector layer") is None
    finally:
        duplicates.MOST_COMPARED = most
        opened.close()
