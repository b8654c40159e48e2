"""Stop 3, check: Great Expectations gives each expectation's verdict; rows that break one are set aside.

Great Expectations runs on the desk's DuckDB through SQLAlchemy. It needs a fresh DuckDB cursor for each
query, because it reads a result after handing its connection back (Great Expectations issue 11579).
Its results hold counts and line numbers, never a value: they are kept as a site for analysts.
"""

from __future__ import annotations

import gc
import logging
import warnings
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import duckdb
import duckdb_engine
import great_expectations as gx
from great_expectations.data_context.types.base import (
    DataContextConfig,
    InMemoryStoreBackendDefaults,
    ProgressBarsConfig,
)
from great_expectations.expectations.core.expect_column_values_to_be_in_set import ExpectColumnValuesToBeInSet
from great_expectations.expectations.core.expect_column_values_to_not_be_null import ExpectColumnValuesToNotBeNull
from great_expectations.expectations.core.unexpected_rows_expectation import UnexpectedRowsExpectation
from great_expectations.expectations.expectation import Expectation
from sqlalchemy.dialects import registry

from data_contracts.contract import Contract
from pipelines.rules import SELECT, Check
from pipelines.staging import codes_of
from pipelines.warehouse import at_desk

logging.getLogger("great_expectations").setLevel(logging.ERROR)


class ExpectationsDisagree(Exception):
    """Great Expectations and the pass that sets rows aside count differently: nothing may be published."""


class Expectations:
    """One validation of each extract on the desk, and the site that shows their results."""

    def __init__(self, connection: duckdb.DuckDBPyConnection) -> None:
        _register(connection)
        # Nothing is told to the makers of Great Expectations, and nothing is left in temporary folders.
        self._context = gx.get_context(
            mode="ephemeral",
            project_config=DataContextConfig(
                store_backend_defaults=InMemoryStoreBackendDefaults(init_temp_docs_sites=False),
                progress_bars=ProgressBarsConfig(globally=False),
                analytics_enabled=False,
            ),
        )
        self._source = self._context.data_sources.add_sql("desk", connection_string="duckdb+desk://")

    def validate(self, contract: Contract, checks: list[Check]) -> dict[str, int]:
        """How many rows of all deliveries on the desk break each check, by its code.

        Raises `ExpectationsDisagree` if an expectation could not be evaluated.
        """
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            asset = self._source.add_table_asset(contract.table, table_name=contract.table)
            batch = asset.add_batch_definition_whole_table("every delivery")
            suite = gx.ExpectationSuite(name=contract.id.replace("/", "."))
            for check in checks:
                suite.add_expectation(_expectation(check))
            validation = gx.ValidationDefinition(name=suite.name, data=batch, suite=self._context.suites.add(suite))
            result = self._context.validation_definitions.add(validation).run(
                result_format={"result_format": "BASIC", "partial_unexpected_count": 0}
            )
        return dict(_counted(one.to_json_dict()) for one in result.results)

    def write_site(self, folder: Path) -> None:
        """The results of every validation of this run, as pages to open in a browser."""
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            self._context.add_data_docs_site(
                site_name="checks",
                site_config={
                    "class_name": "SiteBuilder",
                    "site_index_builder": {"class_name": "DefaultSiteIndexBuilder"},
                    "store_backend": {"class_name": "TupleFilesystemStoreBackend", "base_directory": str(folder)},
                },
            )
            self._context.build_data_docs(site_names=["checks"])

    def close(self) -> None:
        """Lets go of the desk, so that the warehouse can be closed."""
        self._source.get_engine().dispose()
        registry.impls.pop("duckdb.desk", None)
        gc.collect()


def set_aside(connection: duckdb.DuckDBPyConnection, contract: Contract, checks: list[Check]) -> dict[str, int]:
    """Lists the rows on the desk that break something, with its codes (`broken`, `warned`), and counts by code."""
    desk = at_desk(connection)
    for column, severity in (("broken", "error"), ("warned", "warning")):
        codes = codes_of((check.code, check.condition) for check in checks if check.severity == severity)
        desk.execute(
            f"create or replace table {column} as select * from ("
            f"select receipt_id, line_number, {codes} as codes from {contract.table}) where len(codes) > 0"
        )
    counted = desk.execute(
        """select code, count(*) from (
            select unnest(codes) as code from broken union all select unnest(codes) from warned
        ) group by code"""
    ).fetchall()
    return {check.code: 0 for check in checks} | dict(counted)


def agree(contract: Contract, expected: Mapping[str, int], counted: Mapping[str, int]) -> None:
    """Raises `ExpectationsDisagree` naming the checks that the two ways of counting see differently."""
    codes = [code for code in counted if counted[code] != expected.get(code)]
    if codes:
        raise ExpectationsDisagree(f"{contract.id}: Great Expectations counts otherwise for {', '.join(codes)}.")


def _expectation(check: Check) -> Expectation:
    severity = "critical" if check.severity == "error" else "warning"
    said: dict[str, Any] = {"description": check.sentence, "severity": severity, "meta": {"code": check.code}}
    match check.native:
        case "not_null", arguments:
            return ExpectColumnValuesToNotBeNull(**arguments, **said)
        case "in_set", arguments:
            return ExpectColumnValuesToBeInSet(**arguments, **said)
    # Great Expectations fills `{batch}` with str.format, so every other brace is doubled.
    condition = check.condition.replace("{", "{{").replace("}", "}}")
    return UnexpectedRowsExpectation(unexpected_rows_query=SELECT + condition, **said)


def _counted(result: dict[str, Any]) -> tuple[str, int]:
    code = result["expectation_config"]["meta"]["code"]
    raised = result.get("exception_info", {})
    if raised.get("raised_exception", "raised_exception" not in raised and bool(raised)):
        raise ExpectationsDisagree(f"Great Expectations could not evaluate the check {code}.")
    found = result["result"]
    if found.get("element_count") == 0:
        return code, 0  # of a table without rows, Great Expectations counts nothing at all
    return code, int(found["unexpected_count"] if "unexpected_count" in found else found["observed_value"])


def _register(connection: duckdb.DuckDBPyConnection) -> None:
    class _FreshCursors(duckdb_engine.ConnectionWrapper):
        def cursor(self) -> duckdb_engine.CursorWrapper:
            return duckdb_engine.CursorWrapper(at_desk(connection), self)

    class _Desk(duckdb_engine.Dialect):
        supports_statement_cache = False

        def connect(self, *_: Any, **__: Any) -> Any:
            return _FreshCursors(at_desk(connection))

    registry.impls["duckdb.desk"] = lambda: _Desk
