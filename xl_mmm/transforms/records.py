"""What a transform is: its functions and, for each parameter, range, unit, meaning and default prior.

Conventions
-----------
* Priors describe the parameter itself (`normal` families through the named link), not a search coordinate.
* `low` is part of a range when `low_open` is False; `high` when `high_open` is False.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Values = Mapping[str, Array]


@dataclass(frozen=True, slots=True)
class Prior:
    """A default prior in two numbers.

    Attributes
    ----------
    family
        `logit_normal` and `log_normal` (location and sd of the logit or logarithm), `half_normal` (0, sd),
        `gamma` (mean, sd).
    location, scale
        The two numbers.
    relative
        Whether `location` is an offset to the logarithm of the mean effective media of active weeks.
    """

    family: str
    location: float
    scale: float
    relative: bool = False


@dataclass(frozen=True, slots=True)
class Parameter:
    """One parameter of a transform.

    Attributes
    ----------
    name
        As spelled in code and in the workbook.
    low, high
        Allowed range.
    unit, help
        For the workbook's columns and the Function Wizard.
    prior
        Default prior.
    low_open, high_open
        Whether the end itself is excluded.
    """

    name: str
    low: float
    high: float
    unit: str
    help: str
    prior: Prior
    low_open: bool = False
    high_open: bool = True

    @property
    def allowed(self) -> str:
        """The range in words: `0 <= decay < 1`."""
        left = f"{self.low:g} {'<' if self.low_open else '<='} {self.name}"
        return left if np.isinf(self.high) else f"{left} {'<' if self.high_open else '<='} {self.high:g}"

    def holds(self, value: Array) -> NDArray[np.bool_]:
        """Tell, element by element, whether `value` is in range (NaN is not)."""
        above = value > self.low if self.low_open else value >= self.low
        below = value < self.high if self.high_open else value <= self.high
        return above & below


@dataclass(frozen=True, slots=True)
class Adstock:
    """A carryover family.

    Attributes
    ----------
    name, help
        For drop-downs and documentation.
    parameters
        In the order of the workbook's columns.
    weights
        (values, weeks, max_lag) -> weights of the lags `weeks` (n_lags,), on a last axis added to the values' shape.
        They sum to one; geometric weights do over infinitely many lags.
    weights_gradient
        The same arguments -> derivative of the weights in each parameter, by name.
    finite
        False where the kernel never ends.
    """

    name: str
    help: str
    parameters: tuple[Parameter, ...]
    weights: Callable[[Values, Array, float], Array]
    weights_gradient: Callable[[Values, Array, float], dict[str, Array]]
    finite: bool = True


@dataclass(frozen=True, slots=True)
class Saturation:
    """A saturation family.

    Attributes
    ----------
    name, help
        For drop-downs and documentation.
    parameters
        In the order of the workbook's columns.
    function
        (u, values) -> S(u).
    derivative
        (u, values) -> u S'(u): finite, and zero at u = 0, where S' itself may be infinite.
    gradient
        (u, values) -> derivative of S in each parameter, by name.
    limited
        Whether S has the limit 1.
    """

    name: str
    help: str
    parameters: tuple[Parameter, ...]
    function: Callable[[Array, Values], Array]
    derivative: Callable[[Array, Values], Array]
    gradient: Callable[[Array, Values], dict[str, Array]]
    limited: bool
