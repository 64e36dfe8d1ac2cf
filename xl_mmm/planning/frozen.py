"""A frozen plan as text: what was planned, and the model that it was planned with, as they were.

A plan is frozen so that actuals can be held against it later, whatever becomes of the model. Its text is checksummed
JSON under a readable first line, then the model's own text; it is kept in cells and in files.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from xl_mmm.errors import MmmError
from xl_mmm.measures.ahead import Future
from xl_mmm.posterior_text import LINE, PART, from_text, sealed

if TYPE_CHECKING:
    from xl_mmm.planning.planned_year import PlannedYear
    from xl_mmm.posterior import Posterior

Array = NDArray[np.float64]

MARK = "xl_mmm frozen plan"
AGAIN = "Freeze the plan again."
FIGURES = ("spend", "media", "organic_media", "control_values", "revenue_per_kpi")


@dataclass(frozen=True, slots=True, eq=False)
class FrozenPlan:
    """A plan as it was frozen.

    Attributes
    ----------
    name, when
        The scenario that it follows, and the ISO date it was frozen on.
    future, market
        What was planned, (n_periods,) multiples of the baseline.
    posterior
        The model that it was planned with.
    """

    name: str
    when: str
    future: Future
    market: Array
    posterior: Posterior


def frozen_text(year: PlannedYear, model_text: str, when: str) -> str:
    """Return a plan and its model as text.

    Parameters
    ----------
    year
        The plan.
    model_text
        The model, as `FittedMMM.to_text` writes it.
    when
        ISO date.
    """
    future = year.future
    facts: dict[str, Any] = {
        "name": year.name, "when": when, "lead": future.lead, "dates": [str(day) for day in future.dates],
        "market": year.market.tolist(),
    }  # fmt: skip
    for name in FIGURES:
        value = getattr(future, name)
        facts[name] = None if value is None else value.tolist()
    body = json.dumps(facts, sort_keys=True)
    name = " ".join(year.name.split())
    first = PART.join([MARK, f"{name}, frozen {when}", f"{future.plan_dates[0]} to {future.plan_dates[-1]}"])
    lines = [body[i : i + LINE] for i in range(0, len(body), LINE)]
    head = PART.join([first, str(len(lines)), sealed(first, body)])
    return "\n".join([head, *lines, model_text])


def read_frozen(text: str) -> FrozenPlan:
    """Read what `frozen_text` wrote.

    Raises
    ------
    MmmError
        The text is no frozen plan, or damaged.
    """
    head, *lines = text.split("\n")
    if not head.startswith(MARK):
        raise MmmError(f"This is no frozen plan: it begins {head[:40]!r}. {AGAIN}")
    first, _, checksum = head.rpartition(PART)
    first, _, count = first.rpartition(PART)
    n = int(count) if count.isdigit() else 0
    body = "".join(lines[:n])
    if not n or sealed(first, body) != checksum:
        raise MmmError(f"The frozen plan is damaged: its checksum does not match. {AGAIN}")
    facts = json.loads(body)
    n_periods = len(facts["dates"])
    figures = {
        name: None if facts[name] is None else np.array(facts[name], dtype=float).reshape(_shape(name, n_periods))
        for name in FIGURES
    }
    future = Future(dates=np.array(facts["dates"], dtype="datetime64[D]"), lead=facts["lead"], **figures)  # type: ignore[arg-type]
    posterior, _ = from_text("\n".join(lines[n:]))
    return FrozenPlan(facts["name"], facts["when"], future, np.array(facts["market"], dtype=float), posterior)


def _shape(name: str, n_periods: int) -> tuple[int, ...]:
    """Return the shape of a figure; a table without columns has no numbers to tell it."""
    return (n_periods,) if name == "revenue_per_kpi" else (n_periods, -1)
