"""``make messages``: brings every catalogue into step with the source, and says what it lacks."""

from __future__ import annotations

import sys

from messages.catalogues import all_catalogues, find_untranslated, update
from messages.extracting import MarkError


def main() -> int:
    """Update and compile all catalogues; return 1 where a text is not translated."""
    is_complete = True
    for catalogue in all_catalogues():
        try:
            entries = update(catalogue)
        except MarkError as problem:
            print(f"Nothing more was written. {problem}", file=sys.stderr)
            return 2
        missing = find_untranslated(entries)
        print(f"{catalogue.package} {catalogue.language}: {len(entries):,} texts", end="")
        print(f", {len(missing):,} of them not translated:" if missing else ", all translated")
        for text in missing[:10]:
            print(f"    {text!r}")
        if len(missing) > 10:
            print(f"    and {len(missing) - 10:,} more; look for empty msgstr in the file")
        is_complete = is_complete and not missing
    return 0 if is_complete else 1


if __name__ == "__main__":
    sys.exit(main())
