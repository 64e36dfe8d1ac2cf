"""Data rules: one list, pure functions on raw cells, every fault in one pass."""

from __future__ import annotations

from xl_mmm.rules.catalog import RULES, Fault, Rule, Spot, fault, shown
from xl_mmm.rules.cells import (
    Broken,
    CellErrorValue,
    error_code,
    is_blank,
    is_iso_text,
    is_total,
    parse_date,
    parse_number,
)
from xl_mmm.rules.check import check_columns
from xl_mmm.rules.headers import check_headers
from xl_mmm.rules.roles import GRAINS, CleanColumns, Roles

__all__ = [
    "GRAINS",
    "RULES",
    "Broken",
    "CellErrorValue",
    "CleanColumns",
    "Fault",
    "Roles",
    "Rule",
    "Spot",
    "check_columns",
    "check_headers",
    "error_code",
    "fault",
    "is_blank",
    "is_iso_text",
    "is_total",
    "parse_date",
    "parse_number",
    "shown",
]
