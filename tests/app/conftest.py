"""Stores for the tests of the dashboard: one for each variant of the test release, written once."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from pathlib import Path

import pytest
from hypothesis import settings

from tests import releases

ROOT = Path(__file__).parents[2]

# What is tested is what is said, not how fast: a busy machine must not fail it.
settings.register_profile("untimed", deadline=None)
settings.load_profile("untimed")


@pytest.fixture(scope="session")
def store_of(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    """The store of a variant; `none` is a store in which nothing was published."""

    @cache
    def make(variant: str) -> Path:
        folder = tmp_path_factory.mktemp(variant)
        return folder if variant == "none" else releases.write_store(folder, variant)

    return make
