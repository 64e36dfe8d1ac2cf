"""Where results stand on the sheet Regions, which only books of data with a region column have.

All blocks are kept: one job writes them as values (`xl_mmm.book.regions_job`). Their sizes follow from the number of
channels and of regions when the book was built.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from xl_mmm.book.block import Block
from xl_mmm.functions.certificate import CERTIFICATE_LINES
from xl_mmm.tables import names as n

if TYPE_CHECKING:
    from xl_mmm.book.layout import Layout

WORDS = ("headline", "evidence", "stamp", "data")  # lines above the tables; the last one is the data's hash
SUMS = (
    "today", "plan", "change", "roi", "roi_low", "roi_high", "roi_plan", "outcome_today", "outcome", "gain", "gain_low",
    "gain_high",
)  # fmt: skip
TOTAL_KEYS = ("name", *SUMS)
CELL_KEYS = ("region", "channel", *SUMS, "mroi_today", "mroi", "bound")
TIES = (
    "Spend today, regions added up", "Spend of the same weeks in Data", "KPI of all regions, in parts", "KPI in Data",
)  # fmt: skip
NOTES = 18
NO_SHEET = (
    f"The book has no sheet {n.REGIONS}: its data had no region column when it was built. Build it with xl-mmm new "
    "--geo HEADER."
)
FIRST = 10  # row of the totals by region
CHART_ROWS = 16


def region_blocks(layout: Layout) -> dict[str, Block]:
    """Return the blocks of the sheet; none where the data have no regions."""
    if not layout.regions:
        return {}
    regions, channels = layout.regions, len(layout.channels)
    by_channel = FIRST + regions + 1 + max(CHART_ROWS, regions + 8) + 4
    cells = by_channel + channels + 4
    proof = cells + regions * channels + 4
    notes = proof + max(len(CERTIFICATE_LINES), len(TIES) + 3) + 3
    return {
        "region_words": Block(n.REGIONS, 4, 1, len(WORDS), ("text",)),
        "region_totals": Block(n.REGIONS, FIRST, 1, regions, TOTAL_KEYS),
        "region_market": Block(n.REGIONS, FIRST + regions, 1, 1, TOTAL_KEYS),
        "region_channels": Block(n.REGIONS, by_channel, 1, channels, TOTAL_KEYS),
        "region_cells": Block(n.REGIONS, cells, 1, regions * channels, CELL_KEYS),
        "region_proof": Block(n.REGIONS, proof, 1, len(CERTIFICATE_LINES), ("line", "value", "meaning")),
        "region_ties": Block(n.REGIONS, proof, 9, len(TIES), ("value",)),
        "region_notes": Block(n.REGIONS, notes, 1, NOTES, ("kind", "sentence")),
    }


def regional(layout: Layout) -> tuple[str, ...]:
    """Return the names of the blocks of the sheet."""
    return tuple(region_blocks(layout))
