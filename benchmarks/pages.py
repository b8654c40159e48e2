"""How long the server takes to draw each page of the release in force, once its caches are warm.

Run by hand: `python benchmarks/pages.py`, with INSIGHT_STORE set to a store that has a release.
"""

from __future__ import annotations

import statistics
import time
from pathlib import Path

from streamlit.testing.v1 import AppTest

ROOT = Path(__file__).resolve().parent.parent
RUNS = 7


def main() -> None:
    """Prints for each page the first, the median and the slowest of the later runs, in milliseconds."""
    for page in sorted((ROOT / "pages").glob("*/*.py")):
        app = AppTest.from_file(str(ROOT / "app.py"), default_timeout=60)
        app.switch_page(str(page.relative_to(ROOT)))
        times = []
        for _ in range(RUNS + 1):
            begun = time.perf_counter()
            app.run()
            times.append((time.perf_counter() - begun) * 1000)
        if app.exception:
            raise SystemExit(f"{page.stem}: the page failed")
        later = times[1:]
        usual = f"median {statistics.median(later):5.0f} ms, slowest {max(later):5.0f} ms"
        print(f"{page.stem:<16} first {times[0]:7.0f} ms, {usual}")


if __name__ == "__main__":
    main()
