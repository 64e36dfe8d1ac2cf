"""Frozen choices: what the analyst decides before seeing a fit. Nothing here is learned.

Conventions: parameters of time are in weeks whatever the data's grain; `half_saturation` is in the channel's media
unit (money where it has none) per week; a tuple is a 90 % prior range, a float fixes the parameter, None leaves the
default. Shares and margins are fractions.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import date
from numbers import Real
from types import MappingProxyType
from typing import TypeGuard

from xl_mmm.errors import SpecError

CLASSICAL_METHODS = ("ols", "ridge", "lasso")
METHODS = (*CLASSICAL_METHODS, "bayes")
ADSTOCK_NAMES = ("geometric", "delayed", "binomial", "weibull_cdf", "weibull_pdf")
LIFT_ROUTES = ("likelihood", "prior", "none")
SATURATION_NAMES = ("hill", "logistic", "tanh", "michaelis_menten", "exponential", "power", "log")
SIGNS = {"positive": 1.0, "negative": -1.0}

SIZES = ("roi", "mroi", "share")  # what a belief about a channel's size may be on
PLANNERS_FORMS = {"half_life": "decay", "half_effect_spend": "half_saturation"}  # -> the parameter it stands for
FADING = ("geometric", "binomial")  # the adstocks whose half-life says all there is to say
HALVED = ("hill", "logistic", "tanh", "michaelis_menten", "exponential")  # the saturations with a half_saturation
CHOICES = (
    *SIZES, "half_life", "decay", "peak_lag", "weibull_shape", "weibull_scale", "half_effect_spend", "half_saturation",
    "slope", "exponent", "curvature",
)  # fmt: skip

Choice = float | tuple[float, float] | None


@dataclass(frozen=True, slots=True)
class ChannelSpec:
    """Choices for one channel.

    Attributes
    ----------
    adstock, saturation
        Family names (`ADSTOCK_NAMES`, `SATURATION_NAMES`).
    roi, mroi, share
        Belief about the channel's size, on one of the three: revenue per unit of money (KPI per money where the KPI has
        no revenue); the same of the next unit of money when all weeks' spend grows alike; contribution over the
        window as a fraction of the KPI. A 90 % prior range; a float fixes `roi` or `share`. Organic media have no
        spend and know `share` alone. The classical methods use it in the plausibility check alone.
    half_life
        Planner's form of `decay`, in its stead: weeks until half of the effect has passed (`FADING` families).
    decay, peak_lag, weibull_shape, weibull_scale
        Adstock parameters; tuple = 90 % prior range (the classical methods search inside it), float = fixed, None =
        default.
    half_effect_spend
        Planner's form of `half_saturation`, in its stead: money per week at which half of the full effect is reached;
        turned into media units by what a unit cost over the window.
    half_saturation, slope, exponent, curvature
        Saturation parameters; the same three forms. `half_saturation` and `curvature` in media units per week.
    typical_week
        Mean exposure per calendar week in active weeks, media units: what default ranges of `half_saturation` and
        `curvature` are relative to. None takes it from the data at each fit; a number keeps their meaning when data
        are added.
    max_lag
        Last lag, in weeks, of every family but the (infinite) geometric one.
    """

    adstock: str = "geometric"
    saturation: str = "hill"
    roi: Choice = None
    mroi: Choice = None
    share: Choice = None
    half_life: Choice = None
    decay: Choice = None
    peak_lag: Choice = None
    weibull_shape: Choice = None
    weibull_scale: Choice = None
    half_effect_spend: Choice = None
    half_saturation: Choice = None
    slope: Choice = None
    exponent: Choice = None
    curvature: Choice = None
    typical_week: float | None = None
    max_lag: int = 12

    def __post_init__(self) -> None:
        _one_of("adstock", self.adstock, ADSTOCK_NAMES)
        _one_of("saturation", self.saturation, SATURATION_NAMES)
        if not is_count(self.max_lag):
            raise SpecError(f"max_lag is {self.max_lag!r}; give a whole number of weeks, zero or more.")
        object.__setattr__(self, "max_lag", int(self.max_lag))
        for name in CHOICES:
            object.__setattr__(self, name, _as_choice(name, getattr(self, name)))
        if self.typical_week is not None:
            if not is_number(self.typical_week) or not self.typical_week > 0:
                raise SpecError(f"typical_week is {self.typical_week!r}; give media units a week, above zero.")
            object.__setattr__(self, "typical_week", float(self.typical_week))
        self._check_beliefs()

    @property
    def prior_on(self) -> str:
        """Which of `SIZES` the belief about the channel's size is on; `roi` where there is none."""
        return next((name for name in SIZES if getattr(self, name) is not None), "roi")

    @property
    def size(self) -> Choice:
        """The belief about the channel's size."""
        choice: Choice = getattr(self, self.prior_on)
        return choice

    def _check_beliefs(self) -> None:
        """Refuse what is said twice, and planner's forms where they say too little or nothing.

        Raises
        ------
        SpecError
            Naming what to say instead.
        """
        if len(twice := [name for name in SIZES if getattr(self, name) is not None]) > 1:
            raise SpecError(f"{' and '.join(twice)} are both given; a channel's size is believed once: keep one.")
        for form, parameter in PLANNERS_FORMS.items():
            if getattr(self, form) is not None and getattr(self, parameter) is not None:
                raise SpecError(f"{form} and {parameter} are both given and say the same; keep one.")
        if isinstance(self.mroi, float):
            raise SpecError(f"mroi is {self.mroi!r}; it follows from the curve and cannot be fixed: give a range.")
        for name in ("mroi", "share", "half_life", "half_effect_spend"):
            choice = getattr(self, name)
            least = choice[0] if isinstance(choice, tuple) else choice
            fixed_at_zero = least == 0 and isinstance(choice, float) and name in ("share", "half_life")
            if least is not None and least <= 0 and not fixed_at_zero:
                raise SpecError(f"{name} is {choice!r}; it must be above zero.")
        if self.share is not None and (self.share if isinstance(self.share, float) else self.share[1]) > 1:
            raise SpecError(f"share is {self.share!r}; give a fraction of the KPI, at most 1.")
        if self.half_life is not None and self.adstock not in FADING:
            raise SpecError(
                f"half_life does not settle {self.adstock} carryover, which has two parameters; give "
                f"{'decay and peak_lag' if self.adstock == 'delayed' else 'weibull_shape and weibull_scale'}, or "
                f"choose {' or '.join(FADING)}."
            )
        if self.half_effect_spend is not None and self.saturation not in HALVED:
            own = "exponent" if self.saturation == "power" else "curvature"
            raise SpecError(f"{self.saturation} saturation has no full effect to take half of; give {own}.")


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
        Measured KPI with the change less KPI without it (so a holdout's is negative as a rule) and its standard error,
        KPI units.
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
        for name in ("spend_change", "incremental_kpi", "se", "population_share"):
            if not is_number(value := getattr(self, name)):
                raise SpecError(f"The lift test of {self.channel} has {name} {value!r}; give a finite number.")
            object.__setattr__(self, name, float(value))
        if self.spend_change == 0:
            raise SpecError(f"The lift test of {self.channel} changed no spend; give the money added or taken away.")
        if not self.se > 0:
            raise SpecError(f"The lift test of {self.channel} has standard error {self.se!r}; it must be above zero.")
        if not 0 < self.population_share <= 1:
            raise SpecError(
                f"The lift test of {self.channel} covers a share of {self.population_share!r}; give a fraction of one."
            )
        start, end, until = (self._day(name) for name in ("start", "end", "until"))
        if not start <= end <= until:
            raise SpecError(
                f"The lift test of {self.channel} runs from {start} to {end} and is measured until {until}; "
                "give dates in this order."
            )

    @property
    def until(self) -> str:
        """Last ISO date of measurement."""
        return self.end if self.measured_until is None else self.measured_until

    def _day(self, name: str) -> date:
        value = getattr(self, name)
        try:
            return date.fromisoformat(value)
        except (TypeError, ValueError):
            what = "measured_until" if name == "until" else name
            message = f"The lift test of {self.channel} has {what} {value!r}; give a date as text, YYYY-MM-DD."
            raise SpecError(message) from None


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
        Experiments. Only `"bayes"` uses them; a check says so where they go unused.
    margin
        Profit per unit of revenue before media, in (0, 1]; break-even ROI is 1 / margin.
    default
        `ChannelSpec` of every channel not named in `channels`.
    lift_route
        How `lift_tests` are used: `"likelihood"`, as measurements that the model must explain like the KPI; `"prior"`,
        as priors of ROI; `"none"`, not at all.
    control_signs
        Control -> `"positive"` or `"negative"`: which way more of it moves the KPI; any other may go either way. The
        classical methods do not use it: a check tells when an estimate has the other sign.
    """

    channels: Mapping[str, ChannelSpec] = field(default_factory=dict)
    seasonality: int = 2
    trend: bool = True
    knots: int = 0
    holidays: str | None = None
    lift_tests: tuple[LiftTest, ...] = ()
    margin: float = 1.0
    default: ChannelSpec = field(default_factory=ChannelSpec)
    lift_route: str = "likelihood"
    control_signs: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        _one_of("lift_route", self.lift_route, LIFT_ROUTES)
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
