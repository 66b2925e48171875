"""One of very many values, asked for with one parameter.

Django writes ``IN`` with a parameter for each value, and preparing a thousand
of them costs more than the database takes to answer.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Sequence
from typing import Any

from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import BooleanField, Expression, F
from django.db.models.lookups import In
from django.db.models.sql.compiler import SQLCompiler

_Sql = tuple[str, tuple[Any, ...]]


class AnyOf(Expression):
    """True where a column holds one of the values: whole numbers or texts, all of one kind.

    PostgreSQL takes them as an array and SQLite as JSON; any other database gets an ``IN``.
    """

    conditional = True

    def __init__(self, column: str, values: Collection[int] | Collection[str]) -> None:
        super().__init__(output_field=BooleanField())
        self.column: Any = F(column)
        self.values: list[Any] = list(values)

    def get_source_expressions(self) -> list[Any]:
        """Return the column."""
        return [self.column]

    def set_source_expressions(self, exprs: Sequence[Any]) -> None:
        """Take the column as the query resolved it."""
        (self.column,) = exprs

    def as_sql(self, compiler: SQLCompiler, connection: BaseDatabaseWrapper) -> _Sql:
        """Return the ``IN`` that every database knows."""
        sql, parameters = compiler.compile(In(self.column, self.values))
        return sql, tuple(parameters)

    def as_postgresql(self, compiler: SQLCompiler, connection: BaseDatabaseWrapper) -> _Sql:
        """Return the condition with one array."""
        column, parameters = compiler.compile(self.column)
        kind = self.column.output_field.rel_db_type(connection)
        return f"{column} = ANY(%s::{kind}[])", (*parameters, self.values)

    def as_sqlite(self, compiler: SQLCompiler, connection: BaseDatabaseWrapper) -> _Sql:
        """Return the condition with one text of JSON."""
        column, parameters = compiler.compile(self.column)
        values = "SELECT value FROM json_each(%s)"
        return f"{column} IN ({values})", (*parameters, json.dumps(self.values))
