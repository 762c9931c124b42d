"""The rows of the table: what is measured, on which store, against which budget (docs/architecture.md)."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks import encode, generate

CATCH_UP_EVENTS = 10


@dataclass
class Store:
    """A generated store, and the ids that measured commands may still use up."""

    path: Path
    free: Iterator[str] = field(init=False)
    last_id: str = field(init=False)
    some_id: str = field(init=False)
    dropped: list[str] = field(default_factory=list)
    """Tasks whose creation a catch-up row dropped into the log."""

    def __post_init__(self) -> None:
        facts = json.loads((self.path / generate.FACTS).read_text())
        self.last_id = facts["last_id"]
        self.some_id = facts["free"][0]
        self.free = iter(facts["free"][1:])

    def new_segment(self, folder: Path) -> tuple[Path, Path]:
        """A segment of ten new events in ``folder``, and the place in the log where it belongs."""
        number = len(self.dropped) + 1
        first_ms = _milliseconds(self.last_id) + number * 1000
        lines = []
        for k in range(CATCH_UP_EVENTS):
            ms = first_ms + k
            event_id = encode.ulid(ms, number)
            if k % 2:
                kind, task, data = (
                    "task.note.append",
                    next(self.free),
                    {"text": "Seen on the staging system."},
                )
            else:
                kind, task, data = "task.created", f"tk-pull{number:05d}{k}", {"title": "Came by a pull"}
            lines.append(encode.line(event_id, kind, task, encode.iso(ms), '{"name":"ada"}', dict(data), None))
        name = f"{encode.ulid(first_ms, number)[:18]}.jsonl"
        folder.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text("".join(lines), encoding="utf-8")
        months = sorted(path for path in (self.path / ".tasks/log").glob("*") if path.is_dir())
        self.dropped.append(f"tk-pull{number:05d}0")
        return folder / name, months[-1] / name


def _milliseconds(event_id: str) -> int:
    value = 0
    for char in event_id[:10]:
        value = value * 32 + encode.BASE32.index(char)
    return value


@dataclass(frozen=True)
class Row:
    """One measured command. ``argv`` gives the arguments of tk for the next run; a write uses up its ids.

    ``prepare`` is a command that is run before, untimed.
    """

    name: str
    budget: float | None
    argv: Callable[[Store], list[str]]
    catches_up: bool = False
    before: Callable[[Store], list[str]] | None = None
    """The arguments of tk for a command that runs before each measurement, and is not measured."""
    prepare: tuple[str, ...] = ("true",)
    hook: str = ""
    """The git hook that is measured instead of a command of tk, "" for none."""
    new_events: bool = False
    """Before each run everything is committed, and then a task made, whose event the hook is to take along."""


@dataclass
class Group:
    """Rows measured in one store, each against the interpreter's start in the same group."""

    title: str
    store: Store
    rows: list[Row]


def with_json(budget: float, commands: dict[str, Callable[[Store], list[str]]]) -> list[Row]:
    """Each command as text and with --json."""
    found = []
    for name, argv in commands.items():
        found.append(Row(name, budget, argv))
        found.append(Row(f"{name} --json", budget, _and_json(argv)))
    return found


def _and_json(argv: Callable[[Store], list[str]]) -> Callable[[Store], list[str]]:
    return lambda store: [*argv(store), "--json"]


def reads(budget: float) -> list[Row]:
    """The everyday reads."""
    return with_json(
        budget,
        {
            "ready": lambda store: ["ready"],
            "ready --limit 10": lambda store: ["ready", "--limit", "10"],
            "show ID": lambda store: ["show", store.some_id],
            "list --limit 50": lambda store: ["list", "--limit", "50"],
        },
    )


def completion() -> list[Row]:
    """What a shell asks at a Tab: the ids that begin so, with their titles."""
    return [
        Row("Tab after show tk-", 2.0, lambda store: ["__complete", "show", store.some_id[:3]]),
        Row("Tab after show tk-7f", 2.0, lambda store: ["__complete", "show", store.some_id[:5]]),
    ]


def writes(budget: float) -> list[Row]:
    """The everyday writes, each a change of state on a task that no run has touched."""
    return with_json(
        budget,
        {
            "create": lambda store: ["create", "Measure the everyday verbs", "-p", "1"],
            "update": lambda store: ["update", next(store.free), "--title", "Measured the everyday verbs"],
            "close": lambda store: ["close", next(store.free), "--reason", "measured"],
            "claim": lambda store: ["claim", next(store.free)],
            "dep add": lambda store: ["dep", "add", next(store.free), next(store.free)],
        },
    )


def others() -> list[Row]:
    """Verbs that go through click."""
    commands: dict[str, Callable[[Store], list[str]]] = {
        "--help": lambda store: ["--help"],
        "create --help": lambda store: ["create", "--help"],
        "blocked --limit 10": lambda store: ["blocked", "--limit", "10"],
        "children ID": lambda store: ["children", store.some_id],
        "comments ID": lambda store: ["comments", store.some_id],
        "count --by status": lambda store: ["count", "--by", "status"],
        "dep tree ID": lambda store: ["dep", "tree", store.some_id],
        "log --limit 20": lambda store: ["log", "--limit", "20"],
        "stats": lambda store: ["stats"],
        "comment": lambda store: ["comment", next(store.free), "Measured."],
        "label add": lambda store: ["label", "add", next(store.free), "measured"],
    }
    return [Row(name, 4.0, argv) for name, argv in commands.items()]


CHANGES = 10
"""Tasks that change between two searches."""


def _changes(store: Store) -> list[str]:
    """Other titles, so that the index of words has to take them in."""
    return ["update", *(next(store.free) for _ in range(CHANGES)), "--title", "Measure the search anew"]


def searches() -> list[Row]:
    """The first of them, before the measurement, fills the index. The last row also takes in ten changed tasks."""
    commands = {
        "search WORD": ["webhook"],
        "search WORD of two tasks in five": ["page"],
        "search WORD WORD": ["webhook", "timeout"],
        "search PREFIX": ["webh"],
        "search TYPO": ["wbehook"],
        "search WORD --status open": ["webhook", "--status", "open"],
    }
    found = [Row(name, 4.0, _searching(words)) for name, words in commands.items()]
    return [*found, Row(f"search WORD, {CHANGES} changed tasks", 7.0, _searching(["webhook"]), before=_changes)]


def _searching(words: list[str]) -> Callable[[Store], list[str]]:
    return lambda store: ["search", *words, "--limit", "10"]


def rebuild(budget: float) -> list[Row]:
    """The cache made anew."""
    return [Row("rebuild", budget, lambda store: ["rebuild"])]


def catch_up() -> list[Row]:
    """The first read after a pull, beside the same read of a level cache."""
    return [
        Row("ready --limit 10", None, lambda store: ["ready", "--limit", "10"]),
        Row("catch-up of 10 events", None, lambda store: ["ready", "--limit", "10"], catches_up=True),
    ]


def past() -> list[Row]:
    """What is told of the past, in a store that has commits on top."""
    commands: dict[str, Callable[[Store], list[str]]] = {
        "show ID": lambda store: ["show", store.some_id],
        "show ID --at HEAD~3": lambda store: ["show", store.some_id, "--at", "HEAD~3"],
        "show ID --at a time, of the last month": lambda store: ["show", store.some_id, "--at", "2025-12-15"],
        "show ID --at a time, half of the log ago": lambda store: ["show", store.some_id, "--at", "2025-07-01"],
        "diff HEAD~3..HEAD": lambda store: ["diff", "HEAD~3..HEAD"],
        "diff (what is not committed: nothing)": lambda store: ["diff"],
        "sync of nothing": lambda store: ["sync"],
    }
    return [Row(name, 4.0, argv) for name, argv in commands.items()]


def merge_driver(base: Path, ours: Path, theirs: Path, budget: float | None) -> list[Row]:
    """The merge driver on three versions of a segment; it writes its result over a copy of *ours*."""
    result = ours.with_name(ours.name + ".result")
    argv = ["merge-driver", str(base), str(result), str(theirs), "7", ".tasks/log/2026-11/X.jsonl"]
    return [Row("merge driver", budget, lambda store: argv, prepare=("cp", str(ours), str(result)))]


def hooks() -> list[Row]:
    """Hooks as git runs them, sh included: with nothing to do, and with an event to commit."""
    idle = [
        Row(f"{name}, idle", 0.6, lambda store, args=args: [*args], hook=name)  # type: ignore[misc]
        for name, args in (
            ("pre-commit", ()),
            ("post-commit", ()),
            ("post-merge", ("0",)),
            ("post-checkout", ("HEAD~1", "HEAD", "1")),
            ("post-rewrite", ("amend",)),
        )
    ]
    return [*idle, Row("pre-commit, an event to commit", 2.0, lambda store: [], hook="pre-commit", new_events=True)]
