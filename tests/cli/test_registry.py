"""The literal that dispatch reads agrees with what the modules declare."""

from __future__ import annotations

from pathlib import Path

import pytest

import bd_py.cli.verbs
from bd_py.cli import registry
from bd_py.cli.declare import GLOBAL_OPTIONS, META_OPTIONS, Verb

FOLDER = Path(bd_py.cli.verbs.__file__).parent
MODULES = sorted(set(registry.NAMES.values()))
THERE = {path.stem for path in FOLDER.glob("*.py") if not path.stem.startswith("_")}


def test_every_module_is_registered() -> None:
    assert set(MODULES) == THERE


@pytest.mark.parametrize("module", MODULES)
def test_names_are_those_declared(module: str) -> None:
    declared = {name for verb in registry.declared(module) for name in (verb.name, *verb.aliases)}
    assert declared == {name for name, where in registry.NAMES.items() if where == module}


@pytest.mark.parametrize("module", sorted(THERE))
def test_verbs_are_well_formed(module: str) -> None:
    for verb in registry.declared(module):
        check(verb)


def check(verb: Verb) -> None:
    assert bool(verb.subverbs) != (verb.run is not None), "a verb runs, or its subverbs do"
    assert verb.default_subverb is None or verb.subverb(verb.default_subverb)
    assert sum(argument.nargs != 1 for argument in verb.arguments) <= 1
    names = [param.name for param in verb.params()]
    assert len(set(names)) == len(names)
    assert all(name.isidentifier() and name.islower() for name in names)
    flags = [flag for option in verb.options for flag in (*option.flags, option.negative) if flag]
    assert len(set(flags)) == len(flags)
    assert all(len(flag) == 2 or flag.startswith("--") for flag in flags), "-x or --word"
    for inner in verb.subverbs:
        assert not verb.options, "the options of a verb with subverbs are theirs"
        assert not verb.arguments
        check(inner)


def test_every_verb_is_found_by_every_name() -> None:
    for name in registry.NAMES:
        verb = registry.load(name)
        assert name in (verb.name, *verb.aliases)


def test_unknown_name() -> None:
    with pytest.raises(KeyError):
        registry.load("nope")


def test_global_options_have_their_own_names_and_flags() -> None:
    options = (*GLOBAL_OPTIONS, *META_OPTIONS)
    flags = [flag for option in options for flag in option.flags]
    assert len(set(flags)) == len(flags)
    assert len({option.name for option in options}) == len(options)
