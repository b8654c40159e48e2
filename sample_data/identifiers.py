"""Identifiers that pass every check and belong to nobody.

UPNs carry Derby's code 831; NHS numbers lie in the range 999 that the NHS keeps for tests.
"""

from __future__ import annotations

import numpy as np

from sample_data.dates import Ints, Texts

UPN_LETTERS = "ABCDEFGHJKLMNPQRTUVWXYZ"
LOCAL_AUTHORITY = "831"
NHS_NUMBERS = 909_091  # how many bodies 999000000–999999999 have a check digit
_SCATTER = 7_919  # a prime: neighbours in the population get distant numbers


def upns(birth_years: Ints) -> Texts:
    """One valid UPN per child, all different: check letter, 831, school, year of entry (birth + 4), serial.

    A child's number follows from its place among those born in the same year; ValueError beyond 7 million a year.
    """
    order = np.argsort(birth_years, kind="stable")
    years, starts = np.unique(birth_years[order], return_index=True)
    rank = np.empty(len(birth_years), dtype=np.int64)
    rank[order] = np.arange(len(order)) - np.repeat(starts, np.diff(np.append(starts, len(order))))
    if len(years) and rank.max() >= 7_000_000:
        raise ValueError("more children in a year than UPNs: ask for a smaller scale")
    place = rank * _SCATTER % 7_000_000
    digits = _digits(2000 + place // 1000, 4), _digits((birth_years + 4) % 100, 2), _digits(place % 1000, 3)
    fixed = np.tile(np.array([int(d) for d in LOCAL_AUTHORITY]), (len(birth_years), 1))
    body = np.hstack([fixed, *digits])
    letters = np.array(list(UPN_LETTERS))[body @ np.arange(2, 14) % 23]
    return np.char.add(letters, _text(body))


def nhs_numbers(count: int, rng: np.random.Generator) -> Texts:
    """`count` different valid NHS numbers of the test range, in no order; empty texts when the range is used up."""
    bodies = 999_000_000 + np.arange(1_000_000)
    digits = _digits(bodies, 9)
    check = (11 - digits @ np.arange(10, 1, -1) % 11) % 11
    valid = np.flatnonzero(check != 10)
    chosen = rng.permutation(valid)[:count]
    numbers = np.full(count, "", dtype="<U10")
    numbers[: len(chosen)] = _text(np.hstack([digits[chosen], check[chosen, None]]))
    return rng.permutation(numbers)


def own_ids(letter: str, count: int, step: int) -> Texts:
    """An agency's own ids: its letter and seven digits, all different, in an order that no other agency shares."""
    if count > 9_999_991:
        raise ValueError("more children than ids of seven digits: ask for a smaller scale")
    numbers = np.arange(1, count + 1) * step % 9_999_991  # a prime, so no two meet
    return np.char.add(letter, _text(_digits(numbers, 7)))


def case_ids(letter: str, count: int) -> Texts:
    """Case numbers in order of arrival: a letter and eight digits."""
    return np.char.add(letter, _text(_digits(np.arange(1, count + 1), 8)))


def _digits(numbers: Ints, width: int) -> Ints:
    return numbers[:, None] // 10 ** np.arange(width - 1, -1, -1) % 10


def _text(digits: Ints) -> Texts:
    codes = (digits + ord("0")).astype(np.uint32)
    return np.ascontiguousarray(codes).view(f"<U{digits.shape[1]}")[:, 0]
