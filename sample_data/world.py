"""What all generators share: the size of the sample, its seed, its months, and chance that repeats itself."""

from __future__ import annotations

import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np

from sample_data.dates import Flags, Floats, Ints, Texts, month_of

EARLIEST: Final = month_of("2022-09")  # the first month for which every extract has what its rolling year needs
LATEST: Final = month_of("2029-12")  # the invented trends are not meant to reach further


@dataclass(frozen=True)
class World:
    """One sample: everything in it follows from these four.

    `scale` 1 is Derby's size; `seed` is not negative; `first` and `last` are the first and last reporting month (see
    `dates`). What a later month holds does not depend on `first`: it says which deliveries open a series.
    """

    scale: float
    seed: int
    first: int
    last: int

    def chance(self, subject: str) -> np.random.Generator:
        """Random numbers for one subject: the same for the same seed, whatever other subjects draw."""
        return np.random.default_rng([self.seed, zlib.crc32(subject.encode())])

    def scaled(self, at_derbys_size: float) -> int:
        """A number of rows at this sample's size, rounded half up."""
        return int(at_derbys_size * self.scale + 0.5)


def share_out(total: int, weights: Floats) -> Ints:
    """`total` split by weight into whole numbers that add up to it (largest remainder)."""
    if total == 0 or weights.sum() == 0:
        return np.zeros(len(weights), dtype=np.int64)
    exact = weights * (total / weights.sum())
    whole: Ints = np.floor(exact).astype(np.int64)
    order = np.argsort(whole - exact, kind="stable")
    whole[order[: total - int(whole.sum())]] += 1
    return whole


def choose(rng: np.random.Generator, weights: Floats, count: int) -> Ints:
    """`count` different places (all, if there are fewer), drawn by weight, in order."""
    if count >= len(weights):
        return np.arange(len(weights))
    luck = rng.exponential(size=len(weights)) / np.maximum(weights, 1e-12)
    return np.sort(np.argpartition(luck, count)[:count])


def exactly(rng: np.random.Generator, flags: int, places: int) -> Flags:
    """`places` yes or no answers in random order, of which exactly `flags` are yes."""
    answers = np.zeros(places, dtype=np.bool_)
    answers[rng.permutation(places)[:flags]] = True
    return answers


def pick(rng: np.random.Generator, codes: Mapping[str, float], count: int) -> Texts:
    """`count` codes drawn with the weights given."""
    weights = np.array(list(codes.values()), dtype=np.float64)
    return rng.choice(np.array(list(codes)), size=count, p=weights / weights.sum())


def half_up(value: float, decimals: int = 0) -> float:
    """A value rounded half up, as printed figures are."""
    return float(np.floor(value * 10**decimals + 0.5) / 10**decimals)
