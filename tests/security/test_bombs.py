"""Settings, backups and statements that are made to crash, to fill memory or to reach out."""

from __future__ import annotations

import io
import json
import tarfile
from hashlib import sha256
from pathlib import Path

import pytest

from bd_py.errors import InvalidError
from bd_py.service import restoring, sql
from bd_py.workspace import Workspace
from tests.inprocess import Cli


@pytest.mark.parametrize(
    "text",
    [
        "x = " + "[" * 50_000,
        "x = " + "[" * 300 + "]" * 300,
        "x = " + "{a = " * 150 + "1" + "}" * 150,
        "a." * 20_000 + "b = 1",
        "x = 1979-05-27T07:32:00Z",
        "x = inf",
        'x = "' + "y" * 300_000 + '"',
        'prefix = "../../x"',
        'x = "\\uD800"',
    ],
    ids=["open", "deep list", "deep table", "dotted", "date", "infinite", "long", "prefix", "surrogate"],
)
def test_settings_are_refused_in_words(cli: Cli, text: str) -> None:
    path = cli.root / ".tasks/config.toml"
    good = path.read_text()
    path.write_text(f"{text}\n" if text.startswith("prefix") else f"{good}{text}\n")
    said = cli.fails(4, "list").err
    assert "config.toml" in said
    assert len(said) < 600
    path.write_text(good)


def test_settings_that_are_a_folder(cli: Cli) -> None:
    path = cli.root / ".tasks/config.toml"
    good = path.read_text()
    path.unlink()
    path.mkdir()
    assert "cannot read" in cli.fails(1, "list").err
    path.rmdir()
    path.write_text(good)


def archive(path: Path, files: dict[str, bytes], *, listed: dict[str, int] | None = None, more: str = "") -> Path:
    """A backup of these files; ``listed``: other sizes; ``more``: a link to there, of each kind, is added."""
    entries = [
        {"path": name, "size": (listed or {}).get(name, len(data)), "sha256": sha256(data).hexdigest()}
        for name, data in files.items()
    ]
    manifest = json.dumps({"format": 1, "files": entries}).encode()
    with tarfile.open(path, "w:gz") as out:
        for name, data in {
            "tk-backup.json": manifest,
            **{f"store/{name}": data for name, data in files.items()},
        }.items():
            info = tarfile.TarInfo(name)
            info.size = len(data)
            out.addfile(info, io.BytesIO(data))
        for kind in (tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.CHRTYPE, tarfile.FIFOTYPE) if more else ():
            info = tarfile.TarInfo("store/config.toml")
            info.type, info.linkname = kind, more
            out.addfile(info)
    return path


@pytest.mark.parametrize(
    "name",
    ["../escape", "/tmp/escape", "log/../../escape", "", ".", "a//b", "nul\0", "cache.db-wal", "cache.db.x", "lock"],
)
def test_a_backup_names_no_other_place(tmp_path: Path, name: str) -> None:
    made = archive(tmp_path / "backup.tar.gz", {"config.toml": b"format = 1\n", name: b"x"})
    (tmp_path / "project").mkdir()
    with pytest.raises(InvalidError, match="is no file of a store"):
        restoring.restore(str(tmp_path / "project"), str(made))
    assert not list(tmp_path.rglob("*escape*"))
    assert not (tmp_path / "project/.tasks").exists()


def test_a_backup_larger_than_the_disk(tmp_path: Path) -> None:
    made = archive(tmp_path / "backup.tgz", {"log/x.jsonl": b""}, listed={"log/x.jsonl": 2**60})
    with pytest.raises(InvalidError, match="more than is free"):
        restoring.restore(str(tmp_path), str(made))


def test_a_backup_of_links_and_devices(tmp_path: Path) -> None:
    made = archive(tmp_path / "backup.tgz", {"config.toml": b"format = 1\n"}, more="/etc/passwd")
    (tmp_path / "project").mkdir()
    restoring.restore(str(tmp_path / "project"), str(made))
    store = tmp_path / "project/.tasks"
    assert (store / "config.toml").read_text() == "format = 1\n"
    assert not [path for path in store.rglob("*") if path.is_symlink()]


@pytest.mark.parametrize(
    "manifest", ["[]", '{"format":1,"files":[1]}', '{"format":1,"files":[{"path":"x"}]}', "[" * 9999]
)
def test_a_backup_whose_list_is_no_list(tmp_path: Path, manifest: str) -> None:
    (tmp_path / "backup/store").mkdir(parents=True)
    (tmp_path / "backup/tk-backup.json").write_text(manifest)
    with pytest.raises(InvalidError, match="is no backup"):
        restoring.restore(str(tmp_path), str(tmp_path / "backup"))


@pytest.mark.parametrize(
    "statement",
    [
        "SELECT load_extension('x')",
        "ATTACH 'x' AS y",
        "DETACH main",
        "VACUUM INTO 'x'",
        "PRAGMA writable_schema = 1",
        "PRAGMA journal_mode = DELETE",
        "SELECT * FROM pragma_journal_mode",
        "PRAGMA temp_store_directory = '/tmp'",
        "SELECT writefile('x', 'y')",
        "SELECT readfile('/etc/passwd')",
        "SELECT fts3_tokenizer('x')",
        "SELECT zeroblob(1000000000000)",
        "DELETE FROM issues",
        "CREATE TEMP TABLE t (a)",
        "EXPLAIN DELETE FROM issues",
        "REINDEX",
        "INSERT INTO log_events (id) VALUES ('x')",
    ],
)
def test_sql_only_reads(opened: Workspace, statement: str) -> None:
    with pytest.raises(InvalidError):
        sql.select(opened, statement)
    assert not (Path(opened.paths.root) / "x").exists()
