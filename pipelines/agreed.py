"""What was agreed before any file came: contracts, definitions, the local area."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import metrics.catalogue
from data_contracts.contract import HERE as CONTRACTS
from data_contracts.contract import Contract, load
from data_contracts.local_area import LocalArea, load_local_area
from metrics.definition import Definition
from pipelines import sen2
from pipelines.ledger import digest, folder_digest


@dataclass(frozen=True)
class Agreed:
    """Contracts by extract id, definitions by metric id, and the local area."""

    contracts: Mapping[str, Contract]
    definitions: Mapping[str, Definition]
    area: LocalArea

    @staticmethod
    def load() -> Agreed:
        """All of it, or `Mistakes` with a sentence for each thing that is wrong."""
        return Agreed(load(), metrics.catalogue.load(), load_local_area())

    def fingerprint(self, name: str) -> str:
        """What the checks of one extract depend on: a delivery checked with another is checked again."""
        contract = self.contracts[name]
        catalogue = sorted(f"{one.metric_id} {one.agency} {one.lane} {one.unit}" for one in self.definitions.values())
        parts = [(CONTRACTS / f"{name}.yaml").read_bytes(), (CONTRACTS / "local_area.yaml").read_bytes()]
        if name in sen2.FILLED:
            # A SEN2 return names schools by number alone, and is an extract only by way of this SQL.
            parts += [(CONTRACTS / "schools.csv").read_bytes(), folder_digest(sen2.SQL, "*.sql")]
        return digest(*parts, "\n".join(catalogue if contract.kind == "return" else []).encode())
