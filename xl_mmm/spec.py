"""Frozen choices: what the analyst decides before seeing a fit. Nothing here is learned.

Conventions: parameters of time are in weeks whatever the data's grain; `half_saturation` is in the channel's media
unit (money where it has none) per week; a tuple is a 90 % prior range, a float fixes the parameter, None leaves the
default. Shares and margins are fractions.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from numbers import Real
from types import MappingProxyType
from typing import TypeGuard

from xl_mmm.errors import SpecError

CLASSICAL_METHODS = ("ols", "ridge", "lasso")
METHODS = (*CLASSICAL_METHODS, "bayes")
ADSTOCK_NAMES = ("geometric", "delayed", "binomial", "weibull_cdf", "weibull_pdf")
SATURATION_NAMES = ("hill", "logistic", "tanh", "michaelis_menten", "exponential", "power", "log")
SIGNS = {"positive": 1.0, "negative": -1.0}

Choice = float | tuple[float, float] | None


@dataclass(frozen=True, slots=True)
class ChannelSpec:
    """Choices for one channel.

    Attributes
    ----------
    adstock, saturation
        Family names (`ADSTOCK_NAMES`, `SATURATION_NAMES`).
    roi
        Revenue per unit of money (KPI per money where the KPI has no revenue): 90 % prior range. The classical methods
        use it in the plausibility check alone.
    decay, peak_lag, weibull_shape, weibull_scale
        Adstock parameters; tuple = 90 % prior range (the classical methods search inside it), float = fixed, None =
        default.
    half_saturation, slope, exponent, curvature
        Saturation parameters; the same three forms. `half_saturation` and `curvature` in media units per week.
    max_lag
        Last lag, in weeks, of every family but the (infinite) geometric one.
    """

    adstock: str = "geometric"
    saturation: str = "hill"
    roi: Choice = None
    decay: Choice = None
    peak_lag: Choice = None
    weibull_shape: Choice = None
    weibull_scale: Choice = None
    half_saturation: Choice = None
    slope: Choice = None
    exponent: Choice = None
    curvature: Choice = None
    max_lag: int = 12

    def __post_init__(self) -> None:
        _one_of("adstock", self.adstock, ADSTOCK_NAMES)
        _one_of("saturation", self.saturation, SATURATION_NAMES)
        if not is_count(self.max_lag):
            raise SpecError(f"max_lag is {self.max_lag!r}; give a whole number of weeks, zero or more.")
        object.__setattr__(self, "max_lag", int(self.max_lag))
        for name in (
            "roi", "decay", "peak_lag", "weibull_shape", "weibull_scale", "half_saturation", "slope", "exponent",
            "curvature",
        ):  # fmt: skip
            object.__setattr__(self, name, _as_choice(name, getattr(self, name)))


@dataclass(frozen=True, slots=True)
class LiftTest:
    """One experiment: what changed, what it added, how sure.

    Attributes
    ----------
    channel
        Paid channel that was changed.
    start, end
        First and last ISO date of the changed spend.
    spend_change
        Money added (negative for a holdout) over the test.
    incremental_kpi, se
        Measured KPI difference and its standard error, KPI units.
    measured_until
        Last ISO date of measurement; `end` when None.
    population_share
        Share of the market that was tested.
    in_data
        Whether the dataset's spend already holds the change.
    """

    channel: str
    start: str
    end: str
    spend_change: float
    incremental_kpi: float
    se: float
    measured_until: str | None = None
    population_share: float = 1.0
    in_data: bool = True

    def __post_init__(self) -> None:
        if not self.se > 0:
            raise SpecError(f"The lift test of {self.channel} has standard error {self.se!r}; it must be above zero.")
        if not 0 < self.population_share <= 1:
            raise SpecError(
                f"The lift test of {self.channel} covers a share of {self.population_share!r}; give a fraction of one."
            )


@dataclass(frozen=True, slots=True)
class ModelSpec:
    """Choices for the whole model.

    Attributes
    ----------
    channels
        Channel or organic name -> `ChannelSpec`; names left out use `default`.
    seasonality
        Fourier order at 365.25 days; 0 for none.
    trend
        Whether the baseline holds a straight line.
    knots
        Number of interior knots of a piecewise linear baseline; 0 for none.
    holidays
        ISO country code (`"US"`), or None.
    lift_tests
        Experiments, kept with the model. No method uses them yet: a check says so.
    margin
        Profit per unit of revenue before media, in (0, 1]; break-even ROI is 1 / margin.
    default
        `ChannelSpec` of every channel not named in `channels`.
    control_signs
        Control -> `"positive"` or `"negative"`, which way more of it moves the KPI; controls left out may go either way.
        The classical methods do not use it: a check tells when an estimate has the other sign.
    """

    channels: Mapping[str, ChannelSpec] = field(default_factory=dict)
    seasonality: int = 2
    trend: bool = True
    knots: int = 0
    holidays: str | None = None
    lift_tests: tuple[LiftTest, ...] = ()
    margin: float = 1.0
    default: ChannelSpec = field(default_factory=ChannelSpec)
    control_signs: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        object.__setattr__(self, "channels", MappingProxyType(dict(self.channels)))
        object.__setattr__(self, "lift_tests", tuple(self.lift_tests))
        object.__setattr__(self, "control_signs", MappingProxyType(dict(self.control_signs)))
        for name, sign in self.control_signs.items():
            _one_of(f"The sign of the control {name!r}", sign, SIGNS)
        for name, choices in (*self.channels.items(), ("default", self.default)):
            if not isinstance(choices, ChannelSpec):
                raise SpecError(f"The choices of {name} are {choices!r}; give a ChannelSpec.")
        for name in ("seasonality", "knots"):
            if not is_count(count := getattr(self, name)):
                raise SpecError(f"{name} is {count!r}; it counts terms: give a whole number, zero or more.")
            object.__setattr__(self, name, int(count))
        if not is_number(self.margin) or not 0 < self.margin <= 1:
            raise SpecError(f"margin is {self.margin!r}; give profit per unit of revenue as a fraction in (0, 1].")

    def channel(self, name: str) -> ChannelSpec:
        """Return the choices for channel `name`."""
        return self.channels.get(name, self.default)

    def check_names(self, known: tuple[str, ...], controls: tuple[str, ...]) -> None:
        """Refuse choices for channels and controls that the data do not have.

        Raises
        ------
        SpecError
            Naming the unknown ones and the known ones.
        """
        unknown = [name for name in self.channels if name not in known]
        unknown += [test.channel for test in self.lift_tests if test.channel not in known]
        if unknown:
            raise SpecError(f"No channel is called {', '.join(map(repr, unknown))}; the data have {', '.join(known)}.")
        if unknown := [name for name in self.control_signs if name not in controls]:
            have = ", ".join(controls) or "none"
            raise SpecError(f"No control is called {', '.join(map(repr, unknown))}; the data have {have}.")


def _one_of(what: str, value: str, allowed: Collection[str]) -> None:
    if value not in allowed:
        raise SpecError(f"{what} is {value!r}; choose one of {', '.join(allowed)}.")


def _as_choice(name: str, value: object) -> Choice:
    """Return a choice as a float, a pair of floats or None; a number of NumPy's and a list are as good as ours."""
    if value is None:
        return None
    if is_number(value):
        return float(value)
    if isinstance(value, tuple | list) and all(map(is_number, value)):
        if len(value) != 2 or not value[0] < value[1]:
            raise SpecError(f"{name} is {value!r}; a range is (low, high) with low below high.")
        return float(value[0]), float(value[1])
    raise SpecError(f"{name} is {value!r}; give a finite number, a range (low, high), or None for the default.")


def is_number(value: object) -> TypeGuard[float]:
    """Whether a value is a finite number; True and False are none."""
    return not isinstance(value, bool) and isinstance(value, Real) and math.isfinite(value)


def is_count(value: object) -> bool:
    """Whether a value is a whole number, zero or more."""
    return is_number(value) and value >= 0 and float(value).is_integer()
