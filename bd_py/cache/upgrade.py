"""From one version of the schema to the next, in steps; other programs' tables stay."""

from __future__ import annotations

from bd_py.cache.level import SCHEMA_VERSION, Connection

TYPE_CHECKING = False
if TYPE_CHECKING:
    from bd_py.config import Config
    from bd_py.paths import Paths

STEPS: dict[int, tuple[str, ...]] = {}
"""Version -> the statements that lead from the version before to it. One that is not listed is a rebuild."""


def upgrade(conn: Connection, paths: Paths, config: Config) -> None:
    """Bring an older cache to `SCHEMA_VERSION`: by its steps where each is known, else by a rebuild."""
    version = conn.execute("PRAGMA user_version").fetchone()[0]
    missing = range(version + 1, SCHEMA_VERSION + 1)
    if version == 0 or any(step not in STEPS for step in missing):
        from bd_py.cache.build import rebuild

        conn.execute("PRAGMA journal_mode = WAL")
        rebuild(conn, paths, config)
        return
    conn.execute("BEGIN IMMEDIATE")
    try:
        for step in missing:
            for statement in STEPS[step]:
                conn.execute(statement)
        conn.execute(f"PRAGMA user_version = {SCHEMA_VERSION}")
        conn.execute("COMMIT")
    except BaseException:
        conn.execute("ROLLBACK")
        raise
