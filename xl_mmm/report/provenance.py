"""Where figures come from, in words: data, model and release, and what must be known of the model first."""

from __future__ import annotations

from typing import TYPE_CHECKING

from xl_mmm.report.findings import ranges

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from xl_mmm.report.facts import Facts


def state(r: Facts) -> list[str]:
    """Say where the data and the model come from."""
    dates = period_days(r)
    first, last = str(dates[0]), str(dates[-1])
    made = f"{r.model_line}; {ranges(r)}; model {r.model_hash[:12]}"
    return [
        f"{len(dates)} periods, {first} to {last}; {len(r.channels)} paid channels; data {r.data_hash[:12]}",
        "; ".join([made, *r.flags]),
    ]


def stamp(r: Facts) -> str:
    """Name model, data and release, and what must be known of the model before its figures are read."""
    last = period_days(r)[-1]
    made = [f"model {r.model_hash[:6]}", f"data {r.data_hash[:6]} to {last}", f"xl_mmm {r.version}"]
    return " · ".join([*made, *r.flags])


def period_days(r: Facts) -> NDArray[np.datetime64]:
    """First days of the periods."""
    return r.contribution.index.to_numpy().astype("datetime64[D]")
