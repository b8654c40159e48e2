"""How large what arrives may be: bounds that no sound extract comes near, so that nothing can fill the machine.

Each is refused with `file_too_large` (a cell with `row_cell_too_long`) before it is read as a whole.
"""

from __future__ import annotations

from typing import Final

MOST_BYTES: Final = 4 << 30
MOST_XML_BYTES: Final = 512 << 20
MOST_ROWS: Final = 50_000_000
# What DuckDB takes as one line of text, and what a spreadsheet takes as one cell.
LONGEST_LINE: Final = 2_000_000
LONGEST_CELL: Final = 32_767
# A workbook is a packed archive and comes to lie in memory as a whole, blank cells included.
MOST_EXPANDED_BYTES: Final = 1 << 30
MOST_WORKBOOK_CELLS: Final = 30_000_000
# Sheets pack to a tenth or so; what packs to this little, and is not small, was made to unfold.
MOST_PACKED: Final = 250
SMALL_EXPANDED_BYTES: Final = 64 << 20
