from __future__ import annotations
CODES: set[str] = set()
