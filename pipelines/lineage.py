"""Which columns of which extracts a metric is made from, read out of the marts' SQL and the definition itself."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import sqlglot
from sqlglot import exp
from sqlglot.lineage import Node, lineage
from sqlglot.optimizer.qualify import qualify
from sqlglot.optimizer.scope import build_scope
from sqlglot.schema import MappingSchema

from data_contracts.contract import Contract
from metrics.definition import Definition, Shape
from pipelines.marts import mart_queries
from pipelines.staging import kept_columns

Source = tuple[str, str]


class Lineage:
    """Where every column of every mart comes from, worked out once from the marts' queries."""

    def __init__(self, contracts: Iterable[Contract]) -> None:
        schema = _schema(contracts)
        self._marts: dict[str, dict[str, set[Source]]] = {}
        for name, query in mart_queries().items():
            qualified = qualify(sqlglot.parse_one(query, read="duckdb"), schema=schema, dialect="duckdb")
            if not isinstance(qualified, exp.Query):
                raise ValueError(f"{name}.sql is not a query")
            scope = build_scope(qualified)
            nodes = lineage(None, qualified, schema=schema, dialect="duckdb", scope=scope, trim_selects=False)
            self._marts[name] = {column: self._sources(node) for column, node in nodes.items()}
            schema.add_table(exp.table_(name, db="mart"), dict.fromkeys(nodes, "varchar"), dialect="duckdb")

    def feeding(self, one: Definition) -> set[Source]:
        """The (extract, column) pairs behind a metric: all that its condition, its numbers and its dates read.

        Breakdowns are left out: they say by what a figure can be divided, not what it is.
        """
        if one.shape is Shape.RETURNED:
            return {(extract, name) for extract in one.extracts for name in ("indicator_id", "value")}
        placed = {"snapshot": "snapshot_date", "as_at": None, "spell": None}.get(str(one.placed_by), one.placed_by)
        written = [one.where, one.numerator, one.of, one.distinct, one.per, one.begins, one.ends, placed]
        divided = [one.denominator, one.denominator_where, "snapshot_date"] if one.denominator_from else []
        return self._of(str(one.mart), [*written, None if divided else one.denominator]) | self._of(
            str(one.denominator_from), divided
        )

    def extracts(self, one: Definition) -> set[str]:
        """The extracts without which the metric cannot be computed."""
        return {extract for extract, _ in self.feeding(one)}

    def _of(self, mart: str, expressions: Iterable[str | None]) -> set[Source]:
        known = self._marts.get(mart.removeprefix("mart."), {})
        found: set[Source] = set()
        for name in _columns(expressions):
            # `age` is made by the calculation, from the month of birth.
            found |= known.get("birth_month" if name == "age" and "age" not in known else name, set())
        return found

    def _sources(self, column: Node) -> set[Source]:
        found: set[Source] = set()
        for node in _behind(column):
            if not isinstance(node.expression, exp.Table):
                continue
            table, name = node.expression, node.name.rpartition(".")[2].strip('"')
            if table.db == "held":
                kept = "date_of_birth" if name == "birth_month" else name
                found.add((table.name.replace("__", "/", 1), kept))
            elif table.db == "mart":
                found |= self._marts[table.name].get(name, set())
        return found


def _behind(column: Node) -> Iterator[Node]:
    """Every node that a column comes from, once, though many ways may lead to it."""
    seen = {id(column): column}
    waiting = [column]
    while waiting:
        node = waiting.pop()
        yield node
        for one in node.downstream:
            if id(one) not in seen:
                seen[id(one)] = one
                waiting.append(one)


def _columns(expressions: Iterable[str | None]) -> set[str]:
    names: set[str] = set()
    for written in expressions:
        if written:
            parsed = sqlglot.parse_one(f"select {written}", read="duckdb")
            names |= {column.name for column in parsed.find_all(exp.Column)}
    return names


def _schema(contracts: Iterable[Contract]) -> MappingSchema:
    system = {"receipt_id": "varchar", "reporting_month": "date", "line_number": "bigint"}
    held = {contract.table: system | kept_columns(contract) for contract in contracts}
    reference = {
        "ethnicity": {"ethnicity": "varchar", "ethnicity_group": "varchar"},
        "population": {"year": "integer", "age": "integer", "population": "bigint"},
    }
    return MappingSchema({"held": held, "reference": reference}, dialect="duckdb")
