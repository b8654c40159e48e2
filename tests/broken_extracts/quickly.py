"""Files taken through the first three stops in this process, without the seconds that Great Expectations takes."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import duckdb
import pytest

from pipelines import intake, ledger
from pipelines.checking import Checker
from pipelines.intake import Finding
from pipelines.ledger import Receipt
from tests.pipelines.inbox import AREA, CONTRACTS


@dataclass(frozen=True)
class Came:
    """What became of one delivery."""

    receipt: Receipt
    findings: list[Finding]

    @property
    def codes(self) -> set[str]:
        return {finding.code for finding in self.findings}


@contextmanager
def without_expectations() -> Iterator[None]:
    """Rows are checked by SQL alone. That Great Expectations counts the same is for others to prove."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(Checker, "_expect", lambda *_: {})
        patched.setattr("pipelines.expectations.agree", lambda *_: None)
        yield


def taken(connection: duckdb.DuckDBPyConnection, path: Path, inbox: Path) -> list[Came]:
    """What becomes of a file of an inbox; its rows stay on the desk."""
    deliveries = intake.receive_each(path, inbox, CONTRACTS, AREA.agencies, None)
    pairs = [(ledger.new_receipt(connection, delivery, []), delivery) for delivery in deliveries]
    came = []
    checker = Checker(connection, AREA)
    try:
        with without_expectations():
            for receipt, delivery in pairs:
                if delivery.recognised:
                    begun = checker.begin(delivery.recognised.contract, [(receipt, delivery)], lambda _: None)
                    found = checker.finish(begun)
                else:
                    found = checker.refuse([(receipt, delivery)], keep=False)
                came.append(Came(receipt, found[receipt.receipt_id]))
    finally:
        checker.close()
    return came
