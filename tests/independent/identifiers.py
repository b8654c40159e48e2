"""UPNs and NHS numbers of nobody: made up, with valid check letters and digits."""

from __future__ import annotations

import random

UPN_LETTERS = "ABCDEFGHJKLMNPQRTUVWXYZ"


def upn_check_letter(rest: str) -> str:
    """The letter before twelve characters: their values times their positions (2 to 13), modulo 23."""
    total = 0
    for position, character in enumerate(rest, start=2):
        value = int(character) if character.isdigit() else UPN_LETTERS.index(character)
        total += position * value
    return UPN_LETTERS[total % 23]


def nhs_check_digit(nine: str) -> int | None:
    """The tenth digit; None when no valid number begins with these nine."""
    total = sum(weight * int(digit) for weight, digit in zip(range(10, 1, -1), nine, strict=True))
    digit = 11 - total % 11
    if digit == 11:
        return 0
    return None if digit == 10 else digit


class Numbers:
    """Hands out identifiers, none of them twice."""

    def __init__(self, rng: random.Random) -> None:
        self._rng = rng
        self._given: set[str] = set()
        self._count = 0

    def text(self, prefix: str) -> str:
        self._count += 1
        return f"{prefix}{self._count:05d}"

    def upn(self, *, temporary: bool = False) -> str:
        while True:
            rest = f"{self._rng.choice((830, 831, 892))}{self._rng.randrange(10**8):08d}"
            rest += self._rng.choice(UPN_LETTERS) if temporary else str(self._rng.randrange(10))
            upn = upn_check_letter(rest) + rest
            if upn not in self._given:
                self._given.add(upn)
                return upn

    def nhs_number(self) -> str:
        while True:
            nine = f"999{self._rng.randrange(10**6):06d}"
            digit = nhs_check_digit(nine)
            if digit is not None and f"{nine}{digit}" not in self._given:
                self._given.add(f"{nine}{digit}")
                return f"{nine}{digit}"
