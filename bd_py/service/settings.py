"""Read and change ``config.toml``: comments and order stay, and nothing that makes no sense gets in."""

from __future__ import annotations

import tomllib  # noqa: TID253  (only the config verb imports this module)

from bd_py import config as config_module
from bd_py import files, toml_edit
from bd_py.config import DEFAULTS, Config
from bd_py.errors import InvalidError, NotFoundError
from bd_py.lock import Lock

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from bd_py.paths import Paths

_TABLES = ("statuses", "alias")
"""Keys that hold entries of any name: ``alias.st`` is one of ``alias``."""


def show(where: Paths, key: str) -> dict[str, Any]:
    """One setting: key, value, default, and origin, which is "file" or "default". Raises InvalidError."""
    config = config_module.load(where.config)
    _check_known(key, config)
    table, _, name = key.partition(".")
    if table in _TABLES and name:
        value = config.values[table].get(name)
        if value is None:
            raise NotFoundError(f"there is no {key}", "'tk config list' shows what is set.", key=key)
        return {"key": key, "value": value, "default": None, "origin": "file"}
    return _entry(config, key)


def every(where: Paths) -> list[dict[str, Any]]:
    """Every setting in force, as `show` gives it, those of a newer tk included."""
    config = config_module.load(where.config)
    return [_entry(config, key) for key in dict.fromkeys((*DEFAULTS, *config.given))]


def set_value(where: Paths, key: str, text: str) -> tuple[Any, bool]:
    """Set a key to what ``text`` says; the value, and whether that changed the file.

    ``text`` is TOML (a number, true, a list) where that makes a value that the key can have, else a string.
    Raises InvalidError for an unknown key, a value that it cannot have, or a file that only a person can
    edit.
    """
    with Lock(where.lock):
        config = config_module.load(where.config)
        _check_known(key, config, writing=True)
        value = _fitting(config, key, text, where.config)
        raw = _text(where)
        return value, _write(where, raw, _edited(where, lambda: toml_edit.set_key(raw, _path(key), value)))


def unset(where: Paths, key: str) -> bool:
    """Take a key out of the file, so that its default holds; False where it is not there."""
    with Lock(where.lock):
        config = config_module.load(where.config)
        _check_known(key, config, writing=True)
        raw = _text(where)
        try:
            text = _edited(where, lambda: toml_edit.remove_key(raw, _path(key)))
        except KeyError:
            return False
        config_module.check(config_module.flatten(tomllib.loads(text)), where.config)
        return _write(where, raw, text)


def _entry(config: Config, key: str) -> dict[str, Any]:
    origin = "file" if key in config.given else "default"
    return {"key": key, "value": config.values[key], "default": DEFAULTS.get(key), "origin": origin}


def _check_known(key: str, config: Config, *, writing: bool = False) -> None:
    table, _, name = key.partition(".")
    if key == "format" and writing:
        raise InvalidError("format cannot be set", "It is the version of the log, which a newer tk may raise.")
    if key in DEFAULTS or (table in _TABLES and name) or (key in config.given and not writing):
        return
    import difflib

    near = difflib.get_close_matches(key, DEFAULTS, 1, 0.5)
    hint = f"Did you mean {near[0]}? " if near else ""
    raise InvalidError(f"there is no setting '{key}'", hint + "'tk config list' shows all.", key=key)


def _path(key: str) -> tuple[str, ...]:
    """``alias.a.b`` is the entry ``a.b`` of ``alias``."""
    table, dot, name = key.partition(".")
    return (table, name) if dot else (table,)


def _fitting(config: Config, key: str, text: str, path: str) -> Any:
    """The first of the values that ``text`` may mean which the key can have. Raises InvalidError."""
    refused = None
    for value in _values(text):
        try:
            toml_edit.dump(value)
            config_module.check(_given(config, key, value), path)
        except ValueError:
            continue
        except InvalidError as error:
            refused = refused or error
        else:
            return value
    assert refused is not None
    message = refused.message.removeprefix(path + ": ")
    raise InvalidError(message, f"Nothing was changed. docs/configuration.md has an example of {key}.", key=key)


def _values(text: str) -> list[Any]:
    try:
        return [tomllib.loads(f"value = {text}")["value"], text]
    except tomllib.TOMLDecodeError:
        return [text]


def _given(config: Config, key: str, value: Any) -> dict[str, Any]:
    """The settings as they would be."""
    table, _, name = key.partition(".")
    if table in _TABLES and name:
        return {**config.given, table: {**config.values[table], name: value}}
    return {**config.given, key: value}


def _text(where: Paths) -> str:
    raw = files.read(where.config)
    return "format = 1\n" if raw is None else raw.decode("utf-8")


def _edited(where: Paths, edit: Any) -> str:
    try:
        text: str = edit()
    except ValueError as error:
        raise InvalidError(f"{where.config}: {error}", "Nothing was changed: edit it by hand.") from None
    return text


def _write(where: Paths, before: str, after: str) -> bool:
    if before == after:
        return False
    files.replace(where.config, after.encode())
    return True
