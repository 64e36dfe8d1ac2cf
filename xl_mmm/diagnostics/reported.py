"""What the data rules found when the data were read, as checks.

A `Dataset` keeps its rules' findings of status REVIEW. Each belongs to one check, except those that a check of its own
measures again with figures.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from xl_mmm.diagnostics.check import Check, judged

if TYPE_CHECKING:
    from collections.abc import Sequence

    from xl_mmm.dataset import Dataset

SHOWN = 3  # findings spelled out in one sentence; the rest are counted
REPORTED_BY = {
    "calendar": ("few_rows", "after_window", "date_iso_text", "incomplete_period", "split_period"),
    "duplicates": ("geo_name",),
    "units": ("scale_jump", "percent_mix"),
}
MEASURED_AGAIN = ("zero_channel", "constant", "kpi_scaled", "spend_without_media", "media_without_spend")


def reported(dataset: Dataset, key: str, sound: str) -> Check:
    """Return check `key` over the findings that belong to it; `sound` is said when there are none."""
    faults = [fault for fault in dataset.faults if home(fault.rule) == key]
    if not faults:
        return judged(key, 0, sound, "")
    message = listed([f"{fault.place}: {fault.message.rstrip('.')}" for fault in faults]) + "."
    return judged(key, len(faults), message, " ".join(dict.fromkeys(fault.action for fault in faults[:SHOWN])))


def home(rule: str) -> str:
    """Return the check that reports a data rule; empty when a check of its own measures the same."""
    if rule in MEASURED_AGAIN:
        return ""
    return next((key for key, rules in REPORTED_BY.items() if rule in rules), "entries")


def listed(findings: Sequence[str]) -> str:
    """Join the first findings and count the rest."""
    rest = len(findings) - SHOWN
    return "; ".join(findings[:SHOWN]) + (f"; and {rest} more" if rest > 0 else "")
