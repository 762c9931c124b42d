"""``python -m tests.torture.fuzz TARGET [libFuzzer's options]``: coverage-guided, with atheris (the extra ``fuzz``).

The kept corpus is where it begins; what is new goes to the folder that TK_FUZZ_CORPUS names (``build/fuzz/TARGET``).
"""

from __future__ import annotations

import os
import sys
from pathlib import Path


def main(args: list[str]) -> None:
    """Fuzz until libFuzzer's options or a defect end it; the input of a defect is left as ``crash-...``."""
    import atheris

    with atheris.instrument_imports(include=["bd_py"], enable_loader_override=False):
        from bd_py import config, events, jsonio, log, markdown, merge, payloads, terms, times, toml_edit  # noqa: F401
        from bd_py.cli.plan import graph, outline  # noqa: F401
        from bd_py.frontmatter import reader, writer  # noqa: F401
        from bd_py.interchange import backlog, files, importer, ticket  # noqa: F401
        from bd_py.taskfiles import text  # noqa: F401
        from tests.torture.fuzz import targets

    name, *options = args
    kept = Path(__file__).parent / "corpus" / name
    found = Path(os.environ.get("TK_FUZZ_CORPUS") or f"build/fuzz/{name}")
    found.mkdir(parents=True, exist_ok=True)
    atheris.Setup([sys.argv[0], *options, str(found), str(kept)], lambda data: targets.run(name, data))
    atheris.Fuzz()


if __name__ == "__main__":
    main(sys.argv[1:])
