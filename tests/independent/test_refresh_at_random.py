"""Files of any seed: which extracts come, since when, with which gaps and corrections, is drawn too.

To look further than the one seed that is always run:
`INSIGHT_SEEDS="1 2 3" python -m pytest -n0 tests/independent/test_refresh_at_random.py`
"""

from __future__ import annotations

import os
import random
from typing import Any

import pytest

from tests.independent.agreement import AgreementTwice, Run, refresh_twice
from tests.independent.names import AGENCIES
from tests.independent.periods import months_between, months_later
from tests.independent.schedules import AS_PLANNED, drawn

SEEDS = [int(seed) for seed in os.environ.get("INSIGHT_SEEDS", "1986").split()]


def case_of(seed: int) -> dict[str, Any]:
    rng = random.Random(f"case {seed}")
    first = f"{rng.randrange(2018, 2025)}-{rng.randrange(1, 13):02d}"
    months = months_between(first, months_later(first, rng.randrange(10, 15)))
    extracts = list(AS_PLANNED.starts)
    return {
        "seed": seed,
        "months": months,
        "children": rng.randrange(150, 350),
        "left_out": rng.sample(extracts, rng.randrange(6)),
        "silent_at_the_end": rng.sample([*AGENCIES, *extracts], rng.randrange(4)),
        "schedule": drawn(rng, len(months)),
    }


@pytest.fixture(scope="module", params=SEEDS)
def run(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Run:
    return refresh_twice(tmp_path_factory.mktemp("independent"), case_of(request.param), drawn=10)


class TestWhateverIsSent(AgreementTwice):
    pass
