"""What was believed before seeing the data beside what was found after.

Conventions
-----------
* One row for each unknown of each medium: its size first, in what its prior is on, then carryover and saturation, in
  planner's form where there is one.
* `from_data` = 1 − Var(given the data) / Var(believed), clipped to [0, 1], of the number in which the belief is a
  bell curve: the logarithm of a positive one, the logit of a share; of the logarithm for a gamma.
* The classical methods believe nothing: their ranges are what is searched, and a belief about the size is only checked.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from xl_mmm.measures.draws import interval
from xl_mmm.measures.roi import data_share, size_draws, sizes_on
from xl_mmm.resolution import unit_cost
from xl_mmm.spec import CLASSICAL_METHODS, FADING, PLANNERS_FORMS, ChannelSpec
from xl_mmm.transforms import ADSTOCKS, SATURATIONS, Parameter
from xl_mmm.transforms import half_life as lag_of_half

if TYPE_CHECKING:
    import pandas as pd

    from xl_mmm.posterior import Posterior

Array = NDArray[np.float64]

YOURS, DEFAULT, FIXED, BY_HAND, NONE = "yours", "default", "fixed", "by hand", "none"
LIFT_TEST = "lift test"  # brought in as a prior
SEARCHED, CHECKED = "searched", "only checked"
UNITS = {"share": "share of KPI", "half_life": "weeks", "half_effect_spend": "money a week"}


@dataclass(frozen=True, slots=True, eq=False)
class Believed:
    """A belief about one number.

    Attributes
    ----------
    low, middle, high
        Ends of its range and its median; NaN where there is none.
    whose
        Whose it is, in words.
    from_data
        Share that the data narrowed; NaN where there is nothing to narrow.
    """

    low: float
    middle: float
    high: float
    whose: str
    from_data: float = np.nan


Beliefs = dict[tuple[int, str], Believed]  # by column and parameter; a size under what its prior is on


def beliefs(posterior: Posterior, level: float = 0.90) -> pd.DataFrame:
    """Return what was believed and what was found.

    Returns
    -------
    DataFrame
        Index (`channel`, `unknown`); `believed_low believed_middle believed_high found_mean found_low found_high unit
        from_data belief`, the last saying whose belief it is. NaN where nothing was believed.
    """
    import pandas as pd

    known = _known(posterior, level)
    rows = list(_rows(posterior))
    draws = np.column_stack([row.shown(row.draws) for row in rows])
    low, high = interval(draws, level)
    before = [known.get((row.column, row.parameter), Believed(np.nan, np.nan, np.nan, NONE)) for row in rows]
    ends = np.array([row.shown(np.array([b.low, b.middle, b.high])) for row, b in zip(rows, before, strict=True)])
    names = posterior.media.names
    columns = {
        "believed_low": ends[:, 0], "believed_middle": ends[:, 1], "believed_high": ends[:, 2],
        "found_mean": draws.mean(axis=0), "found_low": low, "found_high": high,
        "unit": [row.unit for row in rows], "from_data": [b.from_data for b in before],
        "belief": [b.whose for b in before],
    }  # fmt: skip
    index = pd.MultiIndex.from_tuples([(names[row.column], row.unknown) for row in rows], names=["channel", "unknown"])
    return pd.DataFrame(columns, index=index)


@dataclass(frozen=True, slots=True, eq=False)
class _Row:
    """One unknown: draws (draw,) of its parameter, and what turns these into the numbers that are shown."""

    column: int
    parameter: str
    unknown: str
    unit: str
    draws: Array
    shown: Callable[[Array], Array] = np.asarray


def _rows(posterior: Posterior) -> Iterator[_Row]:
    """Yield every unknown, medium by medium."""
    media, dataset = posterior.media, posterior.dataset
    sizes, on, cost = size_draws(posterior), sizes_on(posterior), unit_cost(dataset)
    per_money = "KPI per money" if dataset.revenue_per_kpi is None else "revenue per money"
    media_units = (*dataset.media_units, *dataset.organic)
    for k in range(len(media.names)):
        yield _Row(k, on[k], on[k], UNITS.get(on[k], per_money), sizes[:, k])
        for p in _own(posterior, k):
            draws = media.values[p.name][:, k]
            if p.name == "decay" and media.adstock[k] in FADING:
                weeks = partial(_half_life, media.adstock[k], media.max_lag[k])
                yield _Row(k, p.name, "half_life", UNITS["half_life"], draws, weeks)
            elif p.name == "half_saturation" and cost[k] > 0:
                money = partial(np.multiply, float(cost[k]))
                yield _Row(k, p.name, "half_effect_spend", UNITS["half_effect_spend"], draws, money)
            else:
                yield _Row(k, p.name, p.name, p.unit.replace("media units", media_units[k]) or "number", draws)


def _half_life(adstock: str, max_lag: int, decay: Array) -> Array:
    """Return the half-life of decays, NaN where the decay is none."""
    known = np.isfinite(decay)
    return np.where(known, lag_of_half(adstock, {"decay": np.where(known, decay, 0.0)}, max_lag=max_lag), np.nan)


def _own(posterior: Posterior, k: int) -> tuple[Parameter, ...]:
    """Return the transform parameters of column `k`."""
    media = posterior.media
    return (*ADSTOCKS[media.adstock[k]].parameters, *SATURATIONS[media.saturation[k]].parameters)


def _known(posterior: Posterior, level: float) -> Beliefs:
    """Return what was believed, or searched, or fixed."""
    if posterior.method == "bayes":
        return _priors(posterior, level)
    if posterior.method in CLASSICAL_METHODS:
        return _searched(posterior)
    blank = Believed(np.nan, np.nan, np.nan, BY_HAND)
    return {(k, p.name): blank for k in range(len(posterior.media.names)) for p in _own(posterior, k)}


def _priors(posterior: Posterior, level: float) -> Beliefs:
    """Return the priors of a sampled model."""
    from xl_mmm.bayesian.experiments import informed
    from xl_mmm.bayesian.unknowns import unknowns
    from xl_mmm.estimation.bayes.parameters import SIZE
    from xl_mmm.estimation.bayes.priors import FAMILIES, terms_of

    dataset, spec, media = posterior.dataset, posterior.spec, posterior.media
    parameters, on = unknowns(dataset, spec, media), sizes_on(posterior)
    learned, tested = data_share(posterior), informed(dataset, spec)
    found: Beliefs = {}
    for name, values in parameters.fixed.items():
        for k, value in _given(values):
            found[k, on[k] if name == SIZE else name] = Believed(value, value, value, FIXED)
    shares = np.array([(1 - level) / 2, 0.5, (1 + level) / 2])
    for c in parameters.coordinates:
        if c.name != SIZE and c.name not in media.values:
            continue
        family, terms = FAMILIES[c.prior.family], terms_of([c.prior], [c.low], [c.high])
        low, middle, high = (float(value) for value in family.quantile(shares, terms)[:, 0])
        name, k, own = on[c.column] if c.name == SIZE else c.name, c.column, spec.channel(media.names[c.column])
        if c.name == SIZE:
            from_data, whose = float(learned[k]), YOURS if own.size is not None and own.prior_on == on[k] else DEFAULT
            whose = whose if tested.channel(media.names[k]) == own else LIFT_TEST
        else:
            draws, whose = media.values[name][:, k], YOURS if _typed(own, name) else DEFAULT
            from_data = np.nan
            if np.ptp(draws) > 0 and (draws > c.low).all() and (draws < c.high).all():  # else one draw, or set by hand
                left = (family.bell(draws, terms).std() / family.spread(terms)[0]) ** 2
                from_data = float(np.clip(1 - left, 0, 1))
        found[k, name] = Believed(low, middle, high, whose, from_data)
    return found


def _searched(posterior: Posterior) -> Beliefs:
    """Return where a classical method searched, and what its size is checked by."""
    from xl_mmm.classical import resolved_space
    from xl_mmm.estimation.search_space import LINKS

    spec, media = posterior.spec, posterior.media
    space = resolved_space(posterior.dataset, spec, media)
    found: Beliefs = {}
    for k, name in enumerate(media.names):
        own = spec.channel(name)
        if isinstance(own.size, tuple):
            found[k, own.prior_on] = Believed(own.size[0], np.nan, own.size[1], f"{YOURS}, {CHECKED}")
    for name, values in space.fixed.items():
        for k, value in _given(values):
            found[k, name] = Believed(value, value, value, FIXED)
    for c in space.coordinates:
        low, high = (float(LINKS[c.link].inverse(np.array(end))) for end in (c.low, c.high))
        whose = YOURS if _typed(spec.channel(media.names[c.column]), c.parameter) else DEFAULT
        found[c.column, c.parameter] = Believed(low, np.nan, high, f"{whose}, {SEARCHED}")
    return found


def _given(values: Array) -> list[tuple[int, float]]:
    """Return the columns that have a value, with it."""
    return [(k, value) for k, value in enumerate(values.tolist()) if np.isfinite(value)]


def _typed(own: ChannelSpec, parameter: str) -> bool:
    """Whether the planner said something about a transform parameter, in either form."""
    forms = [form for form, stands_for in PLANNERS_FORMS.items() if stands_for == parameter]
    return any(getattr(own, name) is not None for name in (parameter, *forms))
