"""The verbs that are measured, and how it is seen that a tracker did what it was asked."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from benchmarks.peers.seam import Argv, Counts, Peer, PeerError, Place
from benchmarks.peers.tasks import WORD, Task

TITLE = "Measure the everyday verbs beside one another"


@dataclass
class Loaded:
    """A tracker with the tasks in it: what it calls them, which of them no run has touched, and what was done."""

    peer: Peer
    place: Place
    tasks: list[Task]
    ids: dict[str, str]
    free: Iterator[Task] = field(init=False)
    done: dict[str, int] = field(default_factory=dict)
    """Runs by verb, those before the measurement too."""

    def __post_init__(self) -> None:
        self.free = (task for task in self.tasks if task.free)
        self.expected = Counts(sum(not task.closed for task in self.tasks), len(self.tasks))

    def command(self, verb: str, tasks: tuple[Task, ...]) -> Argv | None:
        """The whole command, or None where the tracker has no such verb."""
        template = self.peer.verbs.get(verb)
        if template is None:
            return None
        ids = [self.ids[task.id] for task in tasks]
        values = {"title": TITLE, "word": WORD} | dict(zip(("task", "other"), ids, strict=False))
        return [str(self.place.program), *(part.format_map(values) for part in template)]

    def after(self) -> Counts:
        """What must be there by now."""
        created, closed = self.done.get("create", 0), self.done.get("close", 0)
        return Counts(self.expected.open + created - closed, self.expected.total + created)


@dataclass(frozen=True)
class Verb:
    """One verb. ``fresh`` tasks that no run has touched go into its command."""

    name: str
    title: str
    answered: Callable[[Loaded, tuple[Task, ...], str], str]
    """What is wrong with what the tracker printed, or with what it shows afterwards; empty where nothing is."""
    fresh: int = 0

    def tasks(self, loaded: Loaded) -> tuple[Task, ...]:
        """The tasks of the next run: new ones for a write, the same for every read. StopIteration after the last."""
        if self.fresh:
            return tuple(next(loaded.free) for _ in range(self.fresh))
        return (_shown(loaded.tasks),)


def _shown(tasks: list[Task]) -> Task:
    """One in the middle, with a description."""
    half = tasks[len(tasks) // 2 :]
    return next((task for task in half if task.description and not task.closed), tasks[0])


def _lines(least: Callable[[Loaded], int]) -> Callable[[Loaded, tuple[Task, ...], str], str]:
    def answered(loaded: Loaded, tasks: tuple[Task, ...], output: str) -> str:
        lines = sum(bool(line.strip()) for line in output.splitlines())
        return "" if lines >= least(loaded) else f"{lines} lines for {least(loaded)} tasks"

    return answered


def _titled(loaded: Loaded, tasks: tuple[Task, ...], output: str) -> str:
    """A title may be broken into lines, its words are not."""
    missing = set(tasks[0].title.split()) - set(output.split())
    return f"the title is not shown: {' '.join(sorted(missing))}" if missing else ""


def _found(loaded: Loaded, tasks: tuple[Task, ...], output: str) -> str:
    """One of the tasks that have the word, by the beginning of its title: a list may cut it, or not show where."""
    text = " ".join(output.split())
    having = [task for task in loaded.tasks if WORD in f"{task.title} {task.description}".lower()]
    begins = (" ".join(task.title.split()[:3]) for task in having)
    return "" if not having or any(begin in text for begin in begins) else "nothing was found"


def _nothing(loaded: Loaded, tasks: tuple[Task, ...], output: str) -> str:
    """What a create or a close did is counted, after all runs."""
    return ""


def _afterwards(loaded: Loaded, tasks: tuple[Task, ...], expected: Callable[[], list[str]]) -> str:
    show = loaded.command("show", tasks)
    if show is None:
        return ""
    try:
        shown = loaded.place.call(show).lower()
    except PeerError as error:
        return f"it cannot be shown afterwards: {error}"
    return "" if any(text.lower() in shown for text in expected()) else f"not to be seen afterwards: {expected()[0]}"


def _claimed(loaded: Loaded, tasks: tuple[Task, ...], output: str) -> str:
    return _afterwards(loaded, tasks, lambda: [loaded.peer.claimed])


def _waits(loaded: Loaded, tasks: tuple[Task, ...], output: str) -> str:
    return _afterwards(loaded, tasks[:1], lambda: [loaded.ids[tasks[1].id], tasks[1].title])


def _still_open(loaded: Loaded) -> int:
    return sum(task.status == "open" for task in loaded.tasks)


VERBS = (
    Verb("create", "create", _nothing),
    Verb("list 50", "list, 50 of them", _lines(lambda loaded: min(50, _still_open(loaded)))),
    Verb("list open", "list, all that is open", _lines(_still_open)),
    Verb("ready", "ready", _lines(lambda loaded: min(10, sum(task.free for task in loaded.tasks)))),
    Verb("show", "show one", _titled),
    Verb("search", f"search `{WORD}`", _found),
    Verb("claim", "claim", _claimed, fresh=1),
    Verb("close", "close", _nothing, fresh=1),
    Verb("dep add", "dep add", _waits, fresh=2),
)
