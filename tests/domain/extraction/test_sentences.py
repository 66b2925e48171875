"""What listings in German, French and Spanish say, and what they do not: one table a language."""

import pytest

from tests.domain.extraction import french, german, spanish
from tests.domain.extraction.reading import Facts, facts_of

TABLES = {"de": german, "fr": french, "es": spanish}
# A language as hosts name it; empty: told from the words.
NAMES = {"de": ("de", "de-AT", ""), "fr": ("fr", "fr_CA", ""), "es": ("es", "es-MX", "")}
ROWS = [
    (language, text, facts)
    for code, table in TABLES.items()
    for text, facts in table.ROWS
    for language in NAMES[code]
]
SAID = [(code, text, facts) for code, table in TABLES.items() for text, facts in table.SAID]
NOT_SAID = [(code, text) for code, table in TABLES.items() for text in table.NOT_SAID]


@pytest.mark.parametrize(("language", "text", "facts"), ROWS)
def test_reads_the_row_of_the_acceptance_table(language: str, text: str, facts: Facts) -> None:
    assert facts_of(text, language=language) == facts
    assert facts_of("", title=text, language=language) == facts


@pytest.mark.parametrize(("language", "text", "facts"), SAID)
def test_reads_what_is_said(language: str, text: str, facts: Facts) -> None:
    assert facts_of(text, language=language) == facts


@pytest.mark.parametrize(("language", "text"), NOT_SAID)
def test_reads_nothing_where_nothing_is_said(language: str, text: str) -> None:
    assert facts_of(text, language=language) == {}
    assert facts_of(text) == {}
