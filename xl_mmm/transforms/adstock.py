"""Carryover kernels: the weight of each lag, and its derivative in each parameter.

Conventions
-----------
* Lags are in weeks whatever the data's grain: `weeks` holds 0, 1, 2, ... times the weeks in a period.
* Parameters have any batch shape; the lags come as a last axis.
* Weights are computed as logarithms relative to the largest one, then divided by their sum, so that one unit of
  spend stays one unit of effective spend and no parameter makes 0/0.
* A derivative at the edge decay = 0, where some are infinite, is the one at `SMALLEST`.
"""

from __future__ import annotations

import math

import numpy as np

from xl_mmm.transforms.records import Adstock, Array, Parameter, Prior, Values

SMALLEST = 1e-300  # stands for decay = 0 where a logarithm or a quotient is taken
LOG_OF_ZERO = -1e300  # times any difference of squared lags: a weight of exactly zero
NO_WEIGHT = 20.0  # ln of a cumulative hazard, above which exp(-hazard) is zero many times over
BINOMIAL_FLOOR = 1e-100  # below it every lag but the first has weight exactly zero

DECAY = Parameter(
    "decay", 0.0, 1.0, "share a week", "share of the effect kept from one week to the next",
    Prior("logit_normal", -0.6, 0.9),
)  # fmt: skip
WIDTH = Parameter(
    "decay", 0.0, 1.0, "share", "width of the wave around its peak; not a retention", Prior("logit_normal", -0.6, 0.9)
)
PEAK_LAG = Parameter(
    "peak_lag", 0.0, math.inf, "weeks", "weeks from spend to its strongest effect, at most max_lag",
    Prior("half_normal", 0.0, 2.0),
)  # fmt: skip


def _weibull(shape: tuple[float, float], scale: tuple[float, float]) -> tuple[Parameter, Parameter]:
    """Return the Weibull parameters with Gamma priors given as (mean, sd)."""
    return (
        Parameter(
            "weibull_shape", 0.0, math.inf, "", "1 falls steadily, above 1 waits, below 1 falls at once",
            Prior("gamma", *shape), low_open=True,
        ),
        Parameter(
            "weibull_scale", 0.0, math.inf, "weeks", "weeks until 63 % of the Weibull distribution has passed",
            Prior("gamma", *scale), low_open=True,
        ),
    )  # fmt: skip


def geometric_weights(values: Values, weeks: Array, _max_lag: float) -> Array:
    """Return (1 - d) d^l with d the retention of one period, summing to one over infinitely many lags.

    100 of spend at decay 0.5 works as 50, 25, 12.5, 6.25, ... in this and the following weeks.
    """
    decay = values["decay"][..., None]
    power, lost = decay**weeks, 1 - decay
    if weeks.size > 1 and weeks[1] != 1:
        lost = -np.expm1(weeks[1] * np.log(np.maximum(decay, SMALLEST)))
    return np.asarray(lost * power)


def geometric_gradient(values: Values, weeks: Array, _max_lag: float) -> dict[str, Array]:
    """Return the derivative in decay, with p weeks a period: decay^(t - 1) [t (1 - decay^p) - p decay^p]."""
    decay = np.maximum(values["decay"][..., None], SMALLEST)
    period = weeks[1] if weeks.size > 1 else 1.0
    kept, lost = decay**period, 1 - decay
    if period != 1:
        lost = -np.expm1(period * np.log(decay))
    # decay^(t - 1) is infinite at t = 0, but there the bracket holds the factor decay^p
    first = -period * decay ** (period - 1)
    later = decay ** np.maximum(weeks - 1, min(period, 1.0) - 1) * (weeks * lost - period * kept)
    return {"decay": np.where(weeks == 0, first, later)}


def delayed_weights(values: Values, weeks: Array, max_lag: float) -> Array:
    """Return decay^((t - peak_lag)^2) / sum: a wave with its crest at `peak_lag`."""
    return _normalized(_log_decay(values["decay"]) * _squares(values, weeks, max_lag))


def delayed_gradient(values: Values, weeks: Array, max_lag: float) -> dict[str, Array]:
    """Return w (q - mean q) / decay and -2 ln(decay) w (t - mean t), q = (t - peak_lag)^2, means weighted by w."""
    values = {**values, "decay": np.maximum(values["decay"], SMALLEST)}
    weights, decay = delayed_weights(values, weeks, max_lag), values["decay"][..., None]
    return {
        "decay": _centered(weights, _squares(values, weeks, max_lag)) / decay,
        "peak_lag": -2 * np.log(decay) * _centered(weights, np.broadcast_to(weeks, weights.shape)),
    }


def binomial_weights(values: Values, weeks: Array, max_lag: float) -> Array:
    """Return (1 - t/(max_lag + 1))^(1/decay - 1) / sum."""
    decay = np.maximum(values["decay"][..., None], BINOMIAL_FLOOR)
    return _normalized((1 / decay - 1) * np.log1p(-weeks / (max_lag + 1)))


def binomial_gradient(values: Values, weeks: Array, max_lag: float) -> dict[str, Array]:
    """Return -w (b - mean b) / decay^2, b = ln(1 - t/(max_lag + 1))."""
    weights = binomial_weights(values, weeks, max_lag)
    decay = np.maximum(values["decay"][..., None], BINOMIAL_FLOOR)
    log_base = np.broadcast_to(np.log1p(-weeks / (max_lag + 1)), weights.shape)
    return {"decay": -_centered(weights, log_base) / decay**2}


def weibull_cdf_weights(values: Values, weeks: Array, _max_lag: float) -> Array:
    """Return the product over the weeks passed of 1 - F(week), over its sum: exp(-p sum_j (t_j / scale)^shape) / sum.

    With p weeks a period each period counts for p weeks, so daily and weekly data decay alike.
    """
    hazard, _ = _hazard(values, weeks)
    return _normalized(-np.cumsum(hazard, axis=-1))


def weibull_cdf_gradient(values: Values, weeks: Array, max_lag: float) -> dict[str, Array]:
    """Return w (g - mean g), g the derivative of the log weight: -sum hazard ln(t/scale), shape/scale sum hazard."""
    weights = weibull_cdf_weights(values, weeks, max_lag)
    hazard, log_ratio = _hazard(values, weeks)
    shape, scale = values["weibull_shape"][..., None], values["weibull_scale"][..., None]
    return {
        "weibull_shape": _centered(weights, -np.cumsum(hazard * log_ratio, axis=-1)),
        "weibull_scale": _centered(weights, shape * np.cumsum(hazard, axis=-1)) / scale,
    }


def weibull_pdf_weights(values: Values, weeks: Array, _max_lag: float) -> Array:
    """Return f(t + one period) / sum.

    Relative to lag 0, with x = ln((t + p)/p): ln w = (shape - 1) x - ((t + p)/scale)^shape (1 - e^(-shape x)).
    """
    shape = values["weibull_shape"][..., None]
    log_lag, excess, _ = _excess(values, weeks)
    return _normalized((shape - 1) * log_lag - excess)


def weibull_pdf_gradient(values: Values, weeks: Array, max_lag: float) -> dict[str, Array]:
    """Return w (g - mean g), g the derivative of the log weight of `weibull_pdf_weights`."""
    weights = weibull_pdf_weights(values, weeks, max_lag)
    shape, scale = values["weibull_shape"][..., None], values["weibull_scale"][..., None]
    log_lag, excess, log_first = _excess(values, weeks)
    # With a = ln(t_0/scale), excess = e^(shape a) (e^(shape x) - 1): g = x - a excess - x (excess + e^(shape a)),
    # where x - x e^(shape a) would cancel at small shapes.
    by_shape = -log_lag * np.expm1(np.minimum(shape * log_first, NO_WEIGHT)) - (log_first + log_lag) * excess
    return {
        "weibull_shape": _centered(weights, by_shape),
        "weibull_scale": _centered(weights, shape * excess) / scale,
    }


def _log_decay(decay: Array) -> Array:
    """Return ln(decay) with a lag axis, a huge negative number at zero."""
    zero = decay == 0
    return np.asarray(np.where(zero, LOG_OF_ZERO, np.log(np.where(zero, 1.0, decay))))[..., None]


def _squares(values: Values, weeks: Array, max_lag: float) -> Array:
    """Return (t - peak_lag)^2 less its value at the lag nearest the peak, as (t - m)(t + m - 2 peak_lag)."""
    peak = np.minimum(values["peak_lag"][..., None], max_lag)
    nearest = weeks[np.argmin(np.abs(weeks - peak), axis=-1)][..., None]
    return np.asarray((weeks - nearest) * ((weeks - peak) + (nearest - peak)))


def _hazard(values: Values, weeks: Array) -> tuple[Array, Array]:
    """Return p (t/scale)^shape, zero at lag 0, and ln(t/scale), zero there too."""
    later = weeks > 0
    log_weeks = np.log(np.where(later, weeks, 1.0))
    log_ratio = np.where(later, log_weeks - np.log(values["weibull_scale"])[..., None], 0.0)
    exponent = np.minimum(values["weibull_shape"][..., None] * log_ratio, NO_WEIGHT)
    return np.where(later, _period(weeks) * np.exp(exponent), 0.0), log_ratio


def _excess(values: Values, weeks: Array) -> tuple[Array, Array, Array]:
    """Return x = ln((t + p)/p), (t_l/scale)^shape - (t_0/scale)^shape, and ln(t_0/scale), with t_l = t + p."""
    shape = values["weibull_shape"][..., None]
    log_lag = np.log1p(weeks / _period(weeks))
    log_first = np.log(_period(weeks)) - np.log(values["weibull_scale"][..., None])
    reached = np.exp(np.minimum(shape * (log_first + log_lag), NO_WEIGHT))
    return log_lag, -np.expm1(-shape * log_lag) * reached, log_first


def _period(weeks: Array) -> float:
    """Weeks in a period, read from the lags."""
    return float(weeks[1]) if weeks.size > 1 else 1.0


def _normalized(log_weights: Array) -> Array:
    """Return exp(log_weights) over its sum along the lags."""
    weights = np.exp(log_weights - log_weights.max(axis=-1, keepdims=True))
    return np.asarray(weights / weights.sum(axis=-1, keepdims=True))


def _centered(weights: Array, slope: Array) -> Array:
    """Return w (g - sum w g), the derivative of normalized weights whose logarithms have derivative g.

    Measured from the heaviest lag, where g - sum w g would otherwise cancel.
    """
    heaviest = np.argmax(weights, axis=-1)[..., None]
    slope = slope - np.take_along_axis(slope, heaviest, axis=-1)
    return np.asarray(weights * (slope - np.sum(weights * slope, axis=-1, keepdims=True)))


ADSTOCKS: dict[str, Adstock] = {
    adstock.name: adstock
    for adstock in (
        Adstock(
            "geometric", "a fixed share is kept each week, without end",
            (DECAY,), geometric_weights, geometric_gradient, finite=False,
        ),
        Adstock("delayed", "a wave that peaks some weeks after the spend", (WIDTH, PEAK_LAG),
                delayed_weights, delayed_gradient),
        Adstock("binomial", "falls at once and ends at max_lag", (DECAY,), binomial_weights, binomial_gradient),
        Adstock("weibull_cdf", "falls from the start, faster or slower as weeks pass",
                _weibull((2.0, 1.3), (2.0, 1.3)), weibull_cdf_weights, weibull_cdf_gradient),
        Adstock("weibull_pdf", "may rise to a peak before it falls",
                _weibull((3.0, 1.0), (2.0, 1.0)), weibull_pdf_weights, weibull_pdf_gradient),
    )
}  # fmt: skip
