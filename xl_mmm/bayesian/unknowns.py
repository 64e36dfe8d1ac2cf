"""What is unknown, and what is believed of it before the data speak.

Conventions
-----------
* A tuple in a `ChannelSpec` is a 90 % prior range, a number fixes the parameter, None takes the default.
* A paid channel's size is its ROI (KPI per money where the KPI has no revenue), whose prior may be on the marginal
  ROI; the size of organic media, of a channel that cost nothing in the window, and of one whose share of the KPI the
  planner believes in, is its share of the KPI.
* Where spend at the default ROI would be next to nothing of revenue, or many times revenue, it is no money of the same
  kind (an index, GRPs, another currency); the prior is then on all paid media's share, as without revenue.
* Experiments whose route is the prior stand in the place of what the planner believed of ROI.
* Noise and baseline are in units of the window's mean KPI. The coefficient of a control whose sign is known is in units
  of the standard deviation it would have without one: half of that normal.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from xl_mmm.bayesian.experiments import informed
from xl_mmm.classical import resolved_space
from xl_mmm.errors import SpecError
from xl_mmm.estimation.bayes.parameters import RHO, SIGMA, SIGNED, SIZE, SMOOTHNESS, WHOLE, Coordinate, Parameters
from xl_mmm.estimation.search_space import NORMAL_90
from xl_mmm.resolution import resolved
from xl_mmm.response import outcome_weights
from xl_mmm.transforms import ADSTOCKS, SATURATIONS, Parameter, Prior

if TYPE_CHECKING:
    from xl_mmm.dataset import Dataset
    from xl_mmm.response import MediaParameters
    from xl_mmm.spec import ModelSpec

Array = NDArray[np.float64]

ROI = Prior("log_normal", 0.2, 0.9)
SHARE = Prior("log_normal", math.log(0.02), 1.0)  # of the KPI, an organic medium: 0.4 to 10 %
MEDIA_SHARE, MEDIA_SHARE_SD = 0.4, 0.2  # of the KPI, all paid media, where the KPI has no revenue
PLAUSIBLE = 0.001, 10.0  # share of revenue that spend at the default ROI may come to
NOISE = Prior("log_normal", math.log(0.05), 1.0)
AUTOCORRELATION = Prior("normal", 0.0, 0.3)
SIGNED_CONTROL = Prior("half_normal", 0.0, 1.0)
KNOT_SMOOTHNESS = Prior("log_normal", math.log(0.1), 1.0)
FAMILY_OF_LINK = {"logit": "logit_normal", "log": "log_normal", "identity": "normal"}


def unknowns(dataset: Dataset, spec: ModelSpec, families: MediaParameters) -> Parameters:
    """Return every unknown with its prior.

    Raises
    ------
    SpecError
        A range or a fixed value that its parameter does not allow.
    """
    coordinates, fixed = _shapes(dataset, resolved(dataset, spec), families)
    sizes, fixed_size = _sizes(dataset, spec, families.names)
    signed = [Coordinate(i, SIGNED, 0.0, math.inf, SIGNED_CONTROL) for i in range(len(spec.control_signs))]
    whole = [Coordinate(WHOLE, SIGMA, 0.0, math.inf, NOISE), Coordinate(WHOLE, RHO, -1.0, 1.0, AUTOCORRELATION)]
    if spec.knots:
        whole.insert(0, Coordinate(WHOLE, SMOOTHNESS, 0.0, math.inf, KNOT_SMOOTHNESS))
    return Parameters.of([*coordinates, *sizes, *signed, *whole], {**fixed, SIZE: fixed_size})


def _shapes(dataset: Dataset, spec: ModelSpec, families: MediaParameters) -> tuple[list[Coordinate], dict[str, Array]]:
    """Return the free transform parameters of resolved choices, and the fixed ones by name."""
    space = resolved_space(dataset, spec, families)
    fixed = {name: value.copy() for name, value in space.fixed.items()}
    coordinates = []
    for c in space.coordinates:
        name, k = families.names[c.column], c.column
        record = _record(families, k, c.parameter)
        high = float(families.max_lag[k]) if c.parameter == "peak_lag" else record.high
        if high == 0:  # no lag to peak at
            fixed[c.parameter][k] = 0.0
            continue
        prior = record.prior
        if isinstance(getattr(spec.channel(name), c.parameter), tuple):
            prior = Prior(FAMILY_OF_LINK[c.link], c.centre, c.sd)
        elif prior.relative:
            typical = spec.channel(name).typical_week or 1.0  # never None: the choices are resolved
            prior = Prior(prior.family, prior.location + math.log(typical), prior.scale)
        coordinates.append(Coordinate(k, c.parameter, record.low, high, prior))
    return coordinates, fixed


def _record(families: MediaParameters, k: int, parameter: str) -> Parameter:
    """Look up a transform parameter of column `k`."""
    own = (*ADSTOCKS[families.adstock[k]].parameters, *SATURATIONS[families.saturation[k]].parameters)
    return next(p for p in own if p.name == parameter)


def _sizes(dataset: Dataset, spec: ModelSpec, names: tuple[str, ...]) -> tuple[list[Coordinate], Array]:
    """Return the free sizes, and the fixed ones (column,)."""
    spec = informed(dataset, spec)
    default = default_size(dataset)
    fixed = np.full(len(names), np.nan)
    sizes = []
    for k, (name, is_paid) in enumerate(zip(names, paid(dataset), strict=True)):
        choice, quantity = spec.channel(name).size, spec.channel(name).prior_on
        if not is_paid and quantity != "share":
            if name in spec.channels and choice is not None:
                raise SpecError(
                    f"{name} has an {quantity}, but nothing was spent on it in the window; leave it out, or give share."
                )
            choice = None
        if isinstance(choice, float):
            if choice < 0:
                raise SpecError(f"{name}: {quantity} is {choice!r}; it must be zero or more.")
            fixed[k] = choice
            continue
        if isinstance(choice, tuple) and choice[0] <= 0:
            raise SpecError(
                f"{name}: {quantity} runs from {choice[0]!r} to {choice[1]!r}; both ends must be above zero."
            )
        prior = (default if is_paid else SHARE) if choice is None else log_normal(*choice)
        sizes.append(Coordinate(k, SIZE, 0.0, math.inf, prior))
    return sizes, fixed


def sized_by(dataset: Dataset, spec: ModelSpec) -> list[str]:
    """Tell for each media column what its prior is on: `roi`, `mroi` or `share`."""
    spec, names = informed(dataset, spec), (*dataset.channels, *dataset.organic)
    own = [spec.channel(name).prior_on for name in names]
    return [on if is_paid else "share" for on, is_paid in zip(own, paid(dataset), strict=True)]


def prior_sd_of_size(dataset: Dataset, spec: ModelSpec) -> Array:
    """Return (column,) prior standard deviations of the logarithm of what `sized_by` names; NaN where it is fixed."""
    names = (*dataset.channels, *dataset.organic)
    sd = np.full(len(names), np.nan)
    for size in _sizes(dataset, spec, names)[0]:
        sd[size.column] = size.prior.scale
    return sd


def paid(dataset: Dataset) -> list[bool]:
    """Tell for each media column whether money was spent on it in the window."""
    return [*(dataset.spend[dataset.window].sum(axis=0) > 0).tolist(), *(False for _ in dataset.organic)]


def log_normal(low: float, high: float) -> Prior:
    """Return the log-normal prior with this 90 % range."""
    middle, half = (math.log(low) + math.log(high)) / 2, (math.log(high) - math.log(low)) / 2
    return Prior("log_normal", middle, half / NORMAL_90)


def default_size(dataset: Dataset) -> Prior:
    """Return the prior of a paid channel's size when the analyst gives none.

    ROI, or a log-normal of mean 0.4 ΣKPI / Σspend and sd 0.2 ΣKPI / √Σ_k spend_k², KPI in money where it has revenue.
    """
    kpi = float(outcome_weights(dataset) @ dataset.window_kpi)
    spend = dataset.spend[dataset.window].sum(axis=0)
    expected = math.exp(ROI.location) * float(spend.sum())
    same_money = PLAUSIBLE[0] * kpi <= expected <= PLAUSIBLE[1] * kpi
    if kpi <= 0 or spend.sum() == 0 or (dataset.revenue_per_kpi is not None and same_money):
        return ROI
    mean, sd = MEDIA_SHARE * kpi / spend.sum(), MEDIA_SHARE_SD * kpi / math.sqrt((spend**2).sum())
    variance = math.log1p((sd / mean) ** 2)
    return Prior("log_normal", math.log(mean) - variance / 2, math.sqrt(variance))
