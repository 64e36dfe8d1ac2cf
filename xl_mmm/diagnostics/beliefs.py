"""Checks of what was typed in before the data spoke."""

from __future__ import annotations

from typing import TYPE_CHECKING

from xl_mmm.diagnostics.check import Check, judged
from xl_mmm.diagnostics.reported import listed
from xl_mmm.resolution import typical_week

if TYPE_CHECKING:
    from xl_mmm.dataset import Dataset
    from xl_mmm.spec import ModelSpec

LITTLE = 1.5  # times: not worth a word


def check_typical_weeks(dataset: Dataset, spec: ModelSpec) -> Check:
    """Compare typed typical weeks with the data's: after a change of unit or currency they mean something else."""
    off, findings = 1.0, []
    for name, own in zip((*dataset.channels, *dataset.organic), typical_week(dataset), strict=True):
        typed = spec.channel(name).typical_week
        if typed is None:
            continue
        times = max(own / typed, typed / own)
        off = max(off, times)
        findings.append((times, f"{name}: {typed:,.4g} is typed, the data have {own:,.4g}"))
    if not findings:
        return judged("typical_week", off, "None is typed: default curves follow the data at each fit.", "")
    worst = [text for times, text in sorted(findings, key=lambda one: -one[0]) if times > LITTLE]
    message = listed(worst) + "." if worst else "Typed typical weeks agree with the data's."
    return judged(
        "typical_week", off, message,
        "If the unit or currency of the data changed, clear the cells under Typical week, or type it in the new unit.",
    )  # fmt: skip
