"""How other systems spell the same transforms, so that their numbers can be reproduced and compared.

Parameters keep our names; what they mean is the convention's:

=================  =================================================================================================
raw                our kernels without division by their sum
robyn              never normalized; `weibull_scale` is a share of the series' length; Weibull pdf min-max scaled;
                   Hill's `half_saturation` is a share of the largest u
pymc               PyMC-Marketing: max_lag + 1 weights (its l_max), not normalized unless `normalize`; Weibull pdf
                   min-max scaled, Weibull cdf one weight longer, binomial one lag wider
pymc_normalized    the same, normalized: PyMC-Marketing's default in a model
meridian           max_lag + 1 weights, normalized; also the geometric family is cut at max_lag
lightweight_mmm    geometric as its `adstock`, delayed as its `carryover`
hommmer            geometric not normalized, delayed normalized over max_lag + 1 lags
=================  =================================================================================================

Sources: Robyn 3.12.1, PyMC-Marketing 0.19.2, Meridian 2.1.0, LightweightMMM and Hommmer, executed (`tests/golden`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np

from xl_mmm.transforms.adstock import BINOMIAL_FLOOR
from xl_mmm.transforms.records import Array, Values

# (values, number of lags asked for or weeks in the series, max_lag) -> weights; a last axis of lags
Kernel = Callable[[Values, int, float], Array]


@dataclass(frozen=True, slots=True)
class Convention:
    """One system's way.

    Attributes
    ----------
    name
        Key in `CONVENTIONS`.
    kernels
        Adstock family -> weights, lag 0 first.
    normalize
        Whether weights are divided by their sum.
    mode
        Where the kernel lies: `After` the spend, `Before` it, or `Overlap` on both sides.
    hill_of_maximum
        Whether Hill's `half_saturation` is a share of the largest u.
    """

    name: str
    kernels: Mapping[str, Kernel]
    normalize: bool = False
    mode: str = "After"
    hill_of_maximum: bool = False

    def weights(self, family: str, values: Values, n_weeks: int, max_lag: float) -> Array:
        """Return the weights of `family`, (*batch, n_lags)."""
        weights = self.kernels[family](values, n_weeks, max_lag)
        return _unit(weights) if self.normalize else weights

    def offset(self, n_lags: int) -> int:
        """Return the number of lags that come before the spend."""
        return {"After": 0, "Before": n_lags - 1, "Overlap": (n_lags - 1) // 2}[self.mode]


def _unit(weights: Array) -> Array:
    """Divide by the sum."""
    return np.asarray(weights / weights.sum(axis=-1, keepdims=True))


def _lags(n_lags: float) -> Array:
    return np.arange(int(n_lags), dtype=float)


def _geometric(values: Values, n_lags: float) -> Array:
    """Return decay^l."""
    return np.asarray(values["decay"][..., None] ** _lags(n_lags))


def _delayed(values: Values, n_lags: float) -> Array:
    """Return decay^((l - peak_lag)^2)."""
    return np.asarray(values["decay"][..., None] ** (_lags(n_lags) - values["peak_lag"][..., None]) ** 2)


def _binomial(values: Values, n_lags: float, window: float) -> Array:
    """Return (1 - l/window)^(1/decay - 1)."""
    exponent = 1 / np.maximum(values["decay"][..., None], BINOMIAL_FLOOR) - 1
    return np.asarray((1 - _lags(n_lags) / window) ** exponent)


def _survival(values: Values, n_lags: float) -> Array:
    """Return the product over j < l of 1 - F(j + 1), l = 0, 1, ..."""
    hazard = (_lags(n_lags) / values["weibull_scale"][..., None]) ** values["weibull_shape"][..., None]
    return np.asarray(np.exp(-np.cumsum(np.where(_lags(n_lags) > 0, hazard, 0.0), axis=-1)))


def _density(values: Values, n_lags: float) -> Array:
    """Return the Weibull density f(l + 1)."""
    shape, scale = values["weibull_shape"][..., None], values["weibull_scale"][..., None]
    ratio = (_lags(n_lags) + 1) / scale
    return np.asarray(shape / scale * ratio ** (shape - 1) * np.exp(-(ratio**shape)))


def _min_max(weights: Array) -> Array:
    """Scale the smallest weight to 0 and the largest to 1; equal weights become a pulse."""
    low, high = weights.min(axis=-1, keepdims=True), weights.max(axis=-1, keepdims=True)
    flat = high == low
    pulse = np.where(np.arange(weights.shape[-1]) == 0, 1.0, 0.0)
    return np.where(flat, pulse, (weights - low) / np.where(flat, 1.0, high - low))


def _robyn_scale(values: Values, n_weeks: int) -> Values:
    """Turn a share of the series into whole weeks: the rounded quantile of 1 ... n_weeks."""
    return {**values, "weibull_scale": np.round(1 + (n_weeks - 1) * values["weibull_scale"])}


def _hommmer_weibull(values: Values, n_lags: float) -> Array:
    """Return 1 - F(l), F having reached 99.9 % at the end of the window."""
    shape = values["weibull_shape"][..., None]
    return np.asarray(np.exp(-np.log(1000.0) * (_lags(n_lags) / n_lags) ** shape))


_PYMC: dict[str, Kernel] = {
    "geometric": lambda values, _n, max_lag: _geometric(values, max_lag + 1),
    "delayed": lambda values, _n, max_lag: _delayed(values, max_lag + 1),
    "binomial": lambda values, _n, max_lag: _binomial(values, max_lag + 1, max_lag + 2),
    "weibull_cdf": lambda values, _n, max_lag: _survival(values, max_lag + 2),
    "weibull_pdf": lambda values, _n, max_lag: _min_max(_density(values, max_lag + 1)),
}

CONVENTIONS: Mapping[str, Convention] = MappingProxyType({
    convention.name: convention
    for convention in (
        Convention("raw", {
            "geometric": lambda values, n, _max_lag: _geometric(values, n),
            "delayed": lambda values, _n, max_lag: _delayed(values, max_lag + 1),
            "binomial": lambda values, _n, max_lag: _binomial(values, max_lag + 1, max_lag + 1),
            "weibull_cdf": lambda values, _n, max_lag: _survival(values, max_lag + 1),
            "weibull_pdf": lambda values, _n, max_lag: _density(values, max_lag + 1),
        }),
        Convention("robyn", {
            "geometric": lambda values, n, _max_lag: _geometric(values, n),
            "weibull_cdf": lambda values, n, _max_lag: _survival(_robyn_scale(values, n), n),
            "weibull_pdf": lambda values, n, _max_lag: _min_max(_density(_robyn_scale(values, n), n)),
        }, hill_of_maximum=True),
        Convention("pymc", _PYMC),
        Convention("pymc_normalized", _PYMC, normalize=True),
        Convention("meridian", {
            "geometric": lambda values, n, max_lag: _geometric(values, min(max_lag + 1, n)),
            "binomial": lambda values, n, max_lag: _binomial(values, min(max_lag + 1, n), min(max_lag + 1, n)),
        }, normalize=True),
        Convention("lightweight_mmm", {
            "geometric": lambda values, n, _max_lag: (1 - values["decay"][..., None]) * _geometric(values, n),
            "delayed": lambda values, _n, max_lag: _unit(_delayed(values, max_lag + 1)),
        }),
        Convention("hommmer", {
            "geometric": lambda values, n, _max_lag: _geometric(values, n),
            "delayed": lambda values, _n, max_lag: _unit(_delayed(values, max_lag + 1)),
            "weibull_cdf": lambda values, _n, max_lag: _unit(_hommmer_weibull(values, max_lag + 1)),
        }),
    )
})  # fmt: skip
