"""What the fuzzers found worth keeping, and what each of them once crashed on, in every run and without a fuzzer."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.torture.fuzz import targets

CORPUS = Path(__file__).parent / "fuzz/corpus"
_MOST = 100_000
"""Bytes that the corpus of all targets may take together."""


@pytest.mark.parametrize("name", targets.TARGETS)
def test_the_kept_inputs(name: str) -> None:
    inputs = sorted((CORPUS / name).iterdir())
    assert inputs
    for path in inputs:
        try:
            targets.run(name, path.read_bytes())
        except BaseException as error:
            error.add_note(str(path))
            raise


def test_the_corpus_stays_small() -> None:
    assert sum(path.stat().st_size for path in CORPUS.rglob("*") if path.is_file()) <= _MOST
