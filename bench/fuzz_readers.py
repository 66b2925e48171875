"""The readers of files under a coverage-guided fuzzer: rows or a reason, never anything else.

    .venv/bin/pip install atheris          # Linux; no part of the environment otherwise
    .venv/bin/python -m bench.fuzz_readers csv-sheet -max_total_time=600

The targets are ``csv-sheet`` and ``xlsx-sheet`` (spreadsheets of facts), ``xlsx-rows`` (the XML of
a sheet inside a sound workbook), and every reader of catalogues and orders by the name of its
format: ``csv``, ``jsonl``, ``shopify``, ``woocommerce``, ``google-tsv`` and ``google-xml``. What
follows is for libFuzzer; an input that breaks a reader, takes more than five seconds or 512 MB ends
the run and is written to a file. The test suite has a shorter form of this, in
``tests/adapters/test_reader_fuzz.py``.
"""

from __future__ import annotations

import importlib
import sys
import tempfile
from pathlib import Path

_GUARDS = ["-timeout=5", "-rss_limit_mb=512", "-max_len=4096"]
_WATCHED = ["shop_plugin.adapters", "shop_plugin.domain"]


def main() -> None:
    """Fuzz the target named first, with the rest of the arguments for libFuzzer."""
    try:
        atheris = importlib.import_module("atheris")
    except ImportError:
        raise SystemExit("atheris is not installed: .venv/bin/pip install atheris") from None
    # Only what is imported in here is watched for new ways through it.
    with atheris.instrument_imports(include=_WATCHED):
        module = importlib.import_module("bench.fuzz_targets")
    name = sys.argv[1] if len(sys.argv) > 1 else ""
    if name not in module.TARGETS:
        raise SystemExit(f"name one of: {', '.join(module.TARGETS)}")
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, "seed").write_bytes(module.SEEDS[name])
        atheris.Setup([sys.argv[0], *_GUARDS, folder, *sys.argv[2:]], module.TARGETS[name])
        atheris.Fuzz()


if __name__ == "__main__":
    main()
