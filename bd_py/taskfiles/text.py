"""The text of a task's Markdown file: written from its state, read back as values that can be compared.

What a person edits stands in the front matter, the description is the body. Two keys at its end are tk's own:
``version`` is the task's last event when the file was written, ``digest`` tells whether anybody has edited it since.
"""

from __future__ import annotations

from bd_py import amounts, markdown, times
from bd_py.errors import InvalidError, TkError
from bd_py.frontmatter.reader import read
from bd_py.frontmatter.scalars import FENCE, plain_ends, text_of
from bd_py.frontmatter.writer import write
from bd_py.payloads import check_field, is_id

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import Any

    from bd_py.fold.state import TaskState

FIELDS = {
    "title": "title",
    "status": "status",
    "priority": "priority",
    "type": "issue_type",
    "assignee": "assignee",
    "labels": "labels",
    "parent": "parent",
    "depends_on": "depends_on",
    "due": "due_at",
    "defer": "defer_until",
    "estimate": "estimated_minutes",
    "owner": "owner",
    "phase": "phase",
    "name": "name",
    "external_ref": "external_ref",
    "branch": "links.branch",
    "worktree": "links.worktree",
    "pr": "links.pr",
}
"""The keys of the front matter in their order, and the fields they stand for."""

TEXTS = {"design": "design", "acceptance": "acceptance_criteria", "notes": "notes"}
"""Long texts: sections below the description, or keys where a text holds such a heading itself."""

HEADINGS = {"design": "Design", "acceptance": "Acceptance criteria", "notes": "Notes"}
ALWAYS = ("title", "status", "priority", "type")
"""Keys that are there for every task. One that is missing says nothing; any other that is missing was taken away."""

MEMBERS = ("labels", "depends_on")
OWN = ("id", "version", "digest")
_RESERVED = frozenset((*FIELDS, *TEXTS, *OWN, "description", "meta"))


class Text:
    """What a file says. ``values``: fields by their names in events, None for one without a value.

    ``id`` and ``version`` are None where it names none, ``as_written`` tells that nobody has edited it since tk wrote
    it, ``digest`` is what it says of itself.
    """

    __slots__ = ("as_written", "digest", "id", "values", "version")

    def __init__(self, id_: str | None, version: str | None, digest: str | None, *, as_written: bool) -> None:
        self.id = id_
        self.version = version
        self.digest = digest
        self.as_written = as_written
        self.values: dict[str, Any] = {}


def project(task: TaskState) -> str:
    """The text of a task."""
    fields = task.fields
    shown: dict[str, Any] = {"id": task.id}
    for key, field in FIELDS.items():
        value = _shown(task, field)
        if value not in (None, []) or key in ALWAYS:
            shown[key] = value
    texts = {key: fields.get(field) for key, field in TEXTS.items()}
    description = fields.get("description") or ""
    if _as_sections(description, texts):
        body = _body(description, texts)
    else:
        shown.update(texts)
        body = description
    meta: dict[str, Any] = {}
    for name, value in fields.items():
        if name.startswith("meta."):
            (meta if name[5:] in _RESERVED else shown)[name[5:]] = value
    if meta:
        shown["meta"] = meta
    shown["version"] = task.version
    text = write(shown, f"\n{body}\n" if body else "")
    return _signed(text, digest_of(text))


def _signed(text: str, digest: str) -> str:
    """The text with its digest as the last key."""
    head, _, rest = text.partition(f"\n{FENCE}\n")
    return f"{head}\ndigest: {digest}\n{FENCE}\n{rest}"


def digest_of(text: str) -> str:
    """What tells two texts apart, their line ends aside."""
    from _blake2 import blake2b

    return str(blake2b(plain_ends(text).encode("utf-8", "surrogatepass"), digest_size=8).hexdigest())


def _shown(task: TaskState, field: str) -> Any:
    if field == "labels":
        return sorted(label for label, (present, _) in task.labels.items() if present)
    if field == "parent":
        found = [(row[1], on) for (on, kind), row in task.edges.items() if row[0] and kind == "parent-child"]
        return max(found)[1] if found else None
    if field == "depends_on":
        return sorted(
            on if kind == "blocks" else f"{kind}:{on}"
            for (on, kind), row in task.edges.items()
            if row[0] and kind != "parent-child"
        )
    return task.fields.get(field)


def _as_sections(description: str, texts: dict[str, Any]) -> bool:
    """Whether the long texts read back as they are when they stand below headings."""
    if not any(texts.values()) and "## " not in description:
        return True
    back = _from_sections(_body(description, texts))
    return back == {"description": description or None, **{TEXTS[key]: text or None for key, text in texts.items()}}


def _body(description: str, texts: dict[str, Any]) -> str:
    parts = [description] if description else []
    parts += [f"## {HEADINGS[key]}\n\n{text}" for key, text in texts.items() if text]
    return "\n\n".join(parts)


def _from_sections(body: str) -> dict[str, Any]:
    """Description and long texts of a body; sections with other headings belong to what stands above them."""
    keys = {heading: TEXTS[key] for key, heading in HEADINGS.items()}
    parts: dict[str, list[str]] = {"description": []}
    here = parts["description"]
    for _, line, code in markdown.lines(body):
        at = None if code else markdown.heading(line)
        field = keys.get(at[1]) if at is not None and at[0] == 2 else None
        if field is not None:
            here = parts.setdefault(field, [])
        else:
            here.append(line)
    out: dict[str, Any] = dict.fromkeys(("description", *TEXTS.values()))
    out.update((field, _trimmed("\n".join(lines))) for field, lines in parts.items())
    return out


def _trimmed(text: str) -> str | None:
    return text.strip("\n") or None


def parse(data: bytes) -> Text:
    """What the bytes of a file say. Raises InvalidError with ``details`` line and reason."""
    try:
        raw = data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise _wrong(data.count(b"\n", 0, error.start) + 1, f"not UTF-8 at byte {error.start + 1}") from None
    _refuse_markers(data)
    raw = plain_ends(raw).removeprefix("\ufeff")
    document = read(raw)
    if not document.fields:
        raise _wrong(1, "the front matter is missing", "The file begins with a line of '---'.")
    fields, lines = dict(document.fields), document.lines

    def at(key: str) -> int:
        return lines.get(key, 1)

    own = {key: fields.pop(key, None) for key in OWN}
    for key, value in own.items():
        if value is not None and (not isinstance(value, (str, int)) or not text_of(value).strip()):
            raise _wrong(at(key), f"{key} is no text")
    task = None if own["id"] is None else text_of(own["id"])
    if task is not None and not is_id(task):
        raise _wrong(at("id"), f"{task!r} can be no id")
    digest = None if own["digest"] is None else text_of(own["digest"])
    unsigned = raw.replace(f"\ndigest: {digest}\n{FENCE}\n", f"\n{FENCE}\n", 1)
    found = Text(
        task,
        None if own["version"] is None else text_of(own["version"]),
        digest,
        as_written=digest is not None and digest_of(unsigned) == digest,
    )
    found.values = _body_values(fields, document.body)
    for key, value in fields.items():
        try:
            found.values.update(_value(key, value))
        except TkError as error:
            raise _wrong(at(key), error.message, error.hint) from None
    if "title" in fields and not found.values.get("title"):
        raise _wrong(at("title"), "the title is empty", "A task needs one.")
    if "title" not in fields and found.version is None:
        found.values.update(_from_heading(found.values, document.body_line))
    for key, field in FIELDS.items():
        if key not in ALWAYS:
            found.values.setdefault(field, [] if field in MEMBERS else None)
    return found


def id_of(data: bytes) -> str | None:
    """The id that the bytes of a file name; None where they name none, or cannot be read."""
    try:
        return parse(data).id
    except InvalidError:
        return None


def _body_values(fields: dict[str, Any], body: str) -> dict[str, Any]:
    if any(key in fields for key in TEXTS):
        return dict.fromkeys(TEXTS.values()) | {"description": _trimmed(body)}
    return _from_sections(body)


def _from_heading(values: dict[str, Any], line: int) -> dict[str, Any]:
    """The title of a new task from the first heading of its text, where it has no key for it."""
    above, _, rest = (values.get("description") or "").partition("\n")
    found = markdown.heading(above)
    if found is None or found[0] != 1 or not found[1]:
        raise _wrong(line, "there is no title", "Give it 'title: ...' in the front matter, or a first line '# ...'.")
    check_field("title", found[1])
    return {"title": found[1], "description": _trimmed(rest)}


def _refuse_markers(data: bytes) -> None:
    from bd_py.merge import is_side

    for number, line in enumerate(data.split(b"\n"), 1):
        if is_side(line):
            raise _wrong(number, "conflict marker", "Resolve it by hand; the task stays as it is till then.")


def _wrong(line: int, reason: str, hint: str | None = None) -> InvalidError:
    return InvalidError(f"line {line}: {reason}", hint or "Mend that line.", line=line, reason=reason)


def _value(key: str, value: Any) -> dict[str, Any]:
    if key == "meta":
        if not isinstance(value, dict | None):
            raise InvalidError("meta must be a mapping: 'KEY: value' lines, indented")
        return {"meta." + name: _checked("meta." + name, item) for name, item in (value or {}).items()}
    field = FIELDS.get(key) or TEXTS.get(key)
    if field is None:
        return {"meta." + key: _checked("meta." + key, value)}
    if field in MEMBERS:
        return {field: sorted(text_list(key, value))}
    if isinstance(value, (list, dict)):
        raise InvalidError(f"{key} must be text")
    text = text_of(value).strip("\n") if key in TEXTS else text_of(value).strip()
    if not text.strip():
        return {} if key in ALWAYS else {field: None}
    made = _CONVERT[field](text) if field in _CONVERT else text
    if field not in ("parent", "status"):
        check_field(field, made)
    return {field: made}


def _checked(field: str, value: Any) -> Any:
    check_field(field, value)
    return value


def text_list(key: str, value: Any) -> list[str]:
    """A list of texts as front matter has it, or texts with commas between, each once. Raises InvalidError."""
    items = value if isinstance(value, list) else text_of(value).split(",")
    if isinstance(value, dict) or any(isinstance(item, (list, dict)) for item in items):
        raise InvalidError(f"{key} must be a list of texts", "As in [one, two].")
    return [text for text in dict.fromkeys(text_of(item).strip() for item in items) if text]


_CONVERT: dict[str, Callable[[str], Any]] = {
    "priority": amounts.priority,
    "estimated_minutes": amounts.minutes,
    "due_at": times.parse,
    "defer_until": times.parse,
}


def has_front_matter(data: bytes) -> bool:
    """Whether a file begins as one with front matter does."""
    return data.removeprefix(b"\xef\xbb\xbf").startswith(FENCE.encode())


def with_id(data: bytes, task: str) -> bytes:
    """A text with an id as the first key of its front matter, which is put there where there is none."""
    mark, fence = f"id: {task}\n".encode(), FENCE.encode() + b"\n"
    data = data.removeprefix(b"\xef\xbb\xbf").replace(b"\r\n", b"\n")
    return fence + mark + data.removeprefix(fence) if data.startswith(fence) else fence + mark + fence + data


def newest(texts: Sequence[bytes]) -> bytes | None:
    """Of texts that are all as tk wrote them the latest; None where a person has edited one."""
    try:
        found = [(parse(data), data) for data in texts]
    except InvalidError:
        return None
    if not found or not all(each.as_written for each, _ in found):
        return None
    return max(found, key=lambda pair: (pair[0].version or "", pair[1]))[1]


def chosen(ours: bytes, theirs: bytes) -> bytes | None:
    """What a merge makes of two versions: the one that a person has edited, the latest where nobody has.

    None where both were edited, or cannot be read.
    """
    if ours == theirs:
        return ours
    try:
        one, two = parse(ours), parse(theirs)
    except InvalidError:
        return None
    if one.as_written and two.as_written:
        return newest((ours, theirs))
    if one.as_written or two.as_written:
        return theirs if one.as_written else ours
    return None


def without_conflict(data: bytes) -> tuple[bytes, bytes] | None:
    """The two sides of a text that git left with conflict markers, where both are as tk wrote them; else None."""
    from bd_py.merge import is_middle, is_side

    sides: tuple[list[bytes], list[bytes]] = ([], [])
    where = "both"
    for line in data.split(b"\n"):
        if is_side(line):
            where = {b"<": "ours", b"|": "base", b">": "both"}[line[:1]]
        elif is_middle(line) and where in ("ours", "base"):
            where = "theirs"
        else:
            for k, side in enumerate(("ours", "theirs")):
                if where in ("both", side):
                    sides[k].append(line)
    one, two = (b"\n".join(lines) for lines in sides)
    try:
        clean = parse(one).as_written and parse(two).as_written
    except InvalidError:
        return None
    return (one, two) if clean else None
