"""Records to text."""

from __future__ import annotations

from bd_py import jsonio
from bd_py.render import safe, safe_block

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_TITLES = ("title", "name", "phase_name", "spec", "repo_path", "type")
_WIDTH = 60


def line(record: dict[str, Any]) -> str:
    """``prd-7f3k9q2m1x [draft] - Vector search``."""
    data = record["data"]
    status = f" [{safe(str(data['status']))}]" if "status" in data else ""
    title = next((str(data[name]) for name in _TITLES if isinstance(data.get(name), str)), "")
    return f"{safe(record['id'])}{status}" + (f" - {safe(title)}" if title else "")


def describe(record: dict[str, Any]) -> str:
    """Everything about one record: its fields, short ones first."""
    lines = [f"{safe(record['id'])} ({safe(record['collection'])})"]
    long = []
    for name, value in record["data"].items():
        text = value if isinstance(value, str) else jsonio.dumps(value)
        if len(text) > _WIDTH or "\n" in text:
            long += ["", f"{safe(name)}:", *("  " + each for each in safe_block(text).split("\n"))]
        else:
            lines.append(f"  {safe(name) + ':':<18} {safe(text)}")
    by = f" by {safe(record['created_by'])}" if record.get("created_by") else ""
    lines.append(f"  {'created:':<18} {record['created_at']}{by}")
    lines.append(f"  {'updated:':<18} {record['updated_at']}")
    if record.get("conflict_count"):
        lines.append(f"  {'conflicts:':<18} {record['conflict_count']}; 'tk conflicts' shows both values")
    return "\n".join(lines + long)
