"""The row that a run leaves in the log: when, who, on what, and what was found in one phrase."""

from __future__ import annotations

import getpass
from datetime import datetime
from typing import TYPE_CHECKING

from xl_mmm import __version__
from xl_mmm.book.kept import RunRow
from xl_mmm.measures import roi, summary
from xl_mmm.report.findings import money, ratio, times

if TYPE_CHECKING:
    from collections.abc import Sequence

    from xl_mmm.book.built import LogRow
    from xl_mmm.fitting import FittedMMM
    from xl_mmm.posterior import Posterior


def logged(rows: Sequence[LogRow], model: FittedMMM, method: str, seed: int, text: str) -> RunRow:
    """Return the log row: a repeated run with the same model keeps its row and its time."""
    note, index = "", len(rows)
    now, user = datetime.now().replace(microsecond=0), _user()
    model_hash = text.partition("\n")[0].rpartition(" ")[2]  # the checksum that the stamp shows too
    last = rows[-1] if rows else None
    if last is not None and last.is_run(method, model_hash, __version__):
        now, user, note, index = last.time or now, last.user or user, last.note, index - 1
    posterior = model.posterior
    r_squared, headline = float(summary(posterior)["r_squared"]), _returned(posterior)
    data_hash = model.dataset.sha
    return RunRow(now, user, method, seed, data_hash, model_hash, __version__, r_squared, headline, note, index)


def _returned(posterior: Posterior) -> str:
    """Sum up the return on all spend; cost per KPI unit where it has no money value."""
    own = roi(posterior)
    spend = float(own["spend"].sum())
    if posterior.dataset.revenue_per_kpi is None:
        return f"{money(ratio(spend, float(own['contribution'].sum())))} a unit"
    return f"{times(ratio(float((own['roi'] * own['spend']).sum()), spend))} overall"


def _user() -> str:
    """Return who is logged in; a container may not know."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return "unknown"
