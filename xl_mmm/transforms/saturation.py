"""Saturation curves S(u), their u S'(u), and their derivatives in each parameter.

Conventions
-----------
* u is effective media per calendar week, zero or more, in money or the channel's media unit.
* Every limited family has limit 1 and takes `half_saturation` in the unit of u: S(half_saturation) = 1/2.
* Every family but `power` depends on u / h alone, so dS/dh = -u S'(u) / h.
* Values from 1e-300 to 1e300 neither overflow nor warn, so the forms below are not the textbook's.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np

from xl_mmm.transforms.records import Array, Parameter, Prior, Saturation, Values

LARGEST_RATIO = 1e300  # u / h is held at this value, where every limited family has reached its limit
SMALLEST = 5e-324  # stands for zero inside a logarithm; the caller makes the result zero
TINY_RATIO = 1e-290  # below it u / h may have lost digits
LARGEST_EXPONENT = 709.0  # exp() of more overflows
BLOCK = 1 << 15  # doubles worked on at a time, so that the steps of one formula stay in the processor's cache

HALF_SATURATION = Parameter(
    "half_saturation", 0.0, math.inf, "media units a week", "effective spend a week that earns half of the limit",
    Prior("log_normal", 0.0, 0.7, relative=True), low_open=True,
)  # fmt: skip
SLOPE = Parameter(
    "slope", 0.0, math.inf, "", "Hill exponent: above 1 an S-shape, otherwise falling returns from the first unit",
    Prior("log_normal", 0.1, 0.3), low_open=True,
)  # fmt: skip
EXPONENT = Parameter(
    "exponent", 0.0, 1.0, "", "elasticity of the response", Prior("logit_normal", 0.0, 1.0),
    low_open=True, high_open=False,
)  # fmt: skip
CURVATURE = Parameter(
    "curvature", 0.0, math.inf, "media units a week", "effective spend a week at which the next unit earns half",
    Prior("log_normal", 0.0, 1.0, relative=True), low_open=True,
)  # fmt: skip


def hill(u: Array, values: Values) -> Array:
    """Return u^slope / (u^slope + h^slope) as the logistic of slope ln(u/h).

    At h = 100 and slope 2, u = 50, 100, 300 gives 0.2, 0.5, 0.9.
    """

    def finish(odds: Array) -> None:
        odds += 1
        np.divide(1, odds, out=odds)

    return _by_odds(u, values, finish, _hill_at_the_limits)


def _by_odds(
    u: Array, values: Values, finish: Callable[[Array], None], at_the_limits: Callable[[Array, Array, Array], Array]
) -> Array:
    """Return a function of (h/u)^slope, block by block.

    Parameters
    ----------
    u, values
        As of `hill`.
    finish
        Turns a block of (h/u)^slope into the result, in place; the result is zero at u = 0.
    at_the_limits
        Gives the result of u, 1/h and -slope where u/h leaves the range of a double.
    """
    per_h, slope = 1 / values["half_saturation"], values["slope"]
    steepest, highest = float(slope.max()), float(per_h.max())
    order, media, per_h, minus_slope = _in_memory_order(u, per_h, -slope)
    out = np.empty(media.shape)
    step = max(1, BLOCK * len(media) // max(media.size, 1))
    for start in range(0, len(media), step):
        own = slice(start, start + step)
        s = out[own]
        if highest > 1 and not float(media[own].max()) * highest < LARGEST_RATIO:
            s[...] = at_the_limits(media[own], per_h[own], minus_slope[own])
            continue
        np.multiply(media[own], per_h[own], out=s)
        lowest, none = float(s.min()), None
        if lowest == 0:
            none = media[own] == 0
            s[none] = 1.0
            lowest = float(s.min())
        if not lowest > TINY_RATIO:
            s[...] = at_the_limits(media[own], per_h[own], minus_slope[own])
            continue
        np.log(s, out=s)
        s *= minus_slope[own]
        if -steepest * math.log(lowest) > LARGEST_EXPONENT:
            np.minimum(s, LARGEST_EXPONENT, out=s)
        np.exp(s, out=s)  # (h/u)^slope
        finish(s)
        if none is not None:
            s[none] = 0.0
    return out.transpose(np.argsort(order))


def hill_derivative(u: Array, values: Values) -> Array:
    """Return u S' = slope S (1 - S)."""
    return np.asarray(values["slope"] * _hill_product(u, values))


def hill_gradient(u: Array, values: Values) -> dict[str, Array]:
    """Return -slope S (1 - S) / h and S (1 - S) ln(u/h)."""
    product = _hill_product(u, values)
    return {
        "half_saturation": -values["slope"] * product / values["half_saturation"],
        "slope": product * _log_ratio(u, values["half_saturation"]),
    }


def logistic(u: Array, values: Values) -> Array:
    """Return (1 - e^(-k u)) / (1 + e^(-k u)), k = ln 3 / h, which is tanh(k u / 2)."""
    return np.tanh(_argument(u, values, math.log(3) / 2))


def logistic_derivative(u: Array, values: Values) -> Array:
    """Return u S' = x / cosh(x)^2 as 4 x e^(-2x) / (1 + e^(-2x))^2, x = u ln 3 / (2 h)."""
    x = _argument(u, values, math.log(3) / 2)
    fading = np.exp(-2 * x)
    return np.asarray(4 * fading * x / (1 + fading) ** 2)


# atanh(1/2) = ln 3 / 2: with the half-saturation as parameter, tanh and logistic are one curve under two names.
tanh, tanh_derivative = logistic, logistic_derivative


def michaelis_menten(u: Array, values: Values) -> Array:
    """Return u / (h + u)."""
    return np.asarray(u / (values["half_saturation"] + u))


def michaelis_menten_derivative(u: Array, values: Values) -> Array:
    """Return u S' = u / (h + u) h / (h + u)."""
    both = values["half_saturation"] + u
    return np.asarray((u / both) * (values["half_saturation"] / both))


def exponential(u: Array, values: Values) -> Array:
    """Return 1 - e^(-x), x = u ln 2 / h."""
    return np.asarray(-np.expm1(-_argument(u, values, math.log(2))))


def exponential_derivative(u: Array, values: Values) -> Array:
    """Return u S' = x e^(-x)."""
    x = _argument(u, values, math.log(2))
    return np.asarray(x * np.exp(-x))


def power(u: Array, values: Values) -> Array:
    """Return u^exponent."""
    return np.asarray(u ** values["exponent"])


def power_derivative(u: Array, values: Values) -> Array:
    """Return u S' = exponent u^exponent."""
    return np.asarray(values["exponent"] * power(u, values))


def power_gradient(u: Array, values: Values) -> dict[str, Array]:
    """Return u^exponent ln u, zero at u = 0."""
    return {"exponent": power(u, values) * np.log(np.maximum(u, SMALLEST))}


def log(u: Array, values: Values) -> Array:
    """Return ln(1 + u/c), where u/c may exceed the largest double."""
    held = _held(u, values["curvature"])
    return np.asarray(np.log1p(u / held) + np.log(held / values["curvature"]))


def log_derivative(u: Array, values: Values) -> Array:
    """Return u S' = u / (c + u)."""
    return np.asarray(u / (values["curvature"] + u))


def _held(u: Array, h: Array) -> Array:
    """Return h, raised where u / h would pass `LARGEST_RATIO`."""
    return np.asarray(np.maximum(h, u / LARGEST_RATIO))


def _argument(u: Array, values: Values, factor: float) -> Array:
    """Return factor u / h."""
    h = values["half_saturation"]
    return np.asarray(u / _held(u, h) * factor)


def _log_ratio(u: Array, h: Array) -> Array:
    """Return ln(u/h), finite at u = 0: roots keep u/h in range, and rounding grows with ln(u/h), not with ln u."""
    return np.asarray(2 * np.log(np.maximum(np.sqrt(u) / np.sqrt(h), SMALLEST)))


def _hill_at_the_limits(u: Array, per_h: Array, minus_slope: Array) -> Array:
    """Return Hill where u/h, or its power, is zero or leaves the range of a double.

    Roots keep u/h in range; rounding then grows with ln(u/h), not with ln u.
    """
    exponent = 2 * minus_slope * np.log(np.maximum(np.sqrt(u) * np.sqrt(per_h), SMALLEST))
    return np.where(u > 0, 1 / (1 + np.exp(np.minimum(exponent, LARGEST_EXPONENT))), 0.0)


def _in_memory_order(u: Array, per_h: Array, minus_slope: Array) -> tuple[list[int], Array, Array, Array]:
    """Return u broadcast to the result's shape with its axes as they lie in memory, and the parameters alike.

    The first item is the order of the axes; blocks run along the first of them. The parameters have size 1 on the week
    axis, or fewer axes than u.
    """
    media = np.broadcast_to(u, np.broadcast_shapes(u.shape, per_h.shape, minus_slope.shape))
    order = sorted(range(media.ndim), key=lambda axis: -media.strides[axis])
    aligned = []
    for parameter in (per_h, minus_slope):
        full = parameter.reshape((1,) * (media.ndim - parameter.ndim) + parameter.shape)
        packed = np.ascontiguousarray(full.transpose(order))
        aligned.append(np.broadcast_to(packed, tuple(media.shape[axis] for axis in order)))
    return order, media.transpose(order), aligned[0], aligned[1]


def _hill_product(u: Array, values: Values) -> Array:
    """Return S (1 - S) = r / (1 + r)^2, r = (h/u)^slope."""

    def finish(odds: Array) -> None:
        s = 1 / (1 + odds)
        odds *= s  # 1 - S
        odds *= s

    return _by_odds(u, values, finish, _product_at_the_limits)


def _product_at_the_limits(u: Array, per_h: Array, minus_slope: Array) -> Array:
    """Return S (1 - S) as e^(-|z|) / (1 + e^(-|z|))^2, z = slope ln(u/h), where `_hill_at_the_limits` is needed."""
    z = 2 * minus_slope * np.log(np.maximum(np.sqrt(u) * np.sqrt(per_h), SMALLEST))
    fading = np.exp(-np.abs(z))
    return np.asarray(np.where(u > 0, fading / (1 + fading) ** 2, 0.0))


def _by_scale(scale: str, derivative: Callable[[Array, Values], Array]) -> Callable[[Array, Values], dict[str, Array]]:
    """Return the gradient of a family whose only parameter divides u: -u S' / scale."""
    return lambda u, values: {scale: -derivative(u, values) / values[scale]}


SATURATIONS: dict[str, Saturation] = {
    saturation.name: saturation
    for saturation in (
        Saturation("hill", "S-shape above slope 1, falling returns below", (HALF_SATURATION, SLOPE),
                   hill, hill_derivative, hill_gradient, limited=True),
        Saturation("logistic", "nearly proportional at first, then levels off", (HALF_SATURATION,),
                   logistic, logistic_derivative, _by_scale("half_saturation", logistic_derivative), limited=True),
        Saturation("tanh", "the same curve as logistic, under its other name", (HALF_SATURATION,),
                   tanh, tanh_derivative, _by_scale("half_saturation", tanh_derivative), limited=True),
        Saturation("michaelis_menten", "falling returns with a long tail; Hill at slope 1", (HALF_SATURATION,),
                   michaelis_menten, michaelis_menten_derivative,
                   _by_scale("half_saturation", michaelis_menten_derivative), limited=True),
        Saturation("exponential", "falling returns that end soon", (HALF_SATURATION,),
                   exponential, exponential_derivative,
                   _by_scale("half_saturation", exponential_derivative), limited=True),
        Saturation("power", "constant elasticity, no limit", (EXPONENT,), power, power_derivative, power_gradient,
                   limited=False),
        Saturation("log", "each doubling adds the same in the end, no limit", (CURVATURE,), log, log_derivative,
                   _by_scale("curvature", log_derivative), limited=False),
    )
}  # fmt: skip
