"""The textbook formulas in 60-digit arithmetic: what the kernels are judged by."""

from __future__ import annotations

from collections.abc import Mapping

import mpmath as mp

mp.mp.dps = 60
Values = Mapping[str, float]


def weights(family: str, values: Values, n_lags: int, max_lag: float, period: float = 1.0) -> list[mp.mpf]:
    """Normalized weights of the lags 0 ... n_lags - 1, in periods of `period` weeks."""
    p = {name: mp.mpf(value) for name, value in values.items()}
    return _weights(family, p, n_lags, mp.mpf(max_lag), mp.mpf(period))


def _weights(family: str, p: dict[str, mp.mpf], n_lags: int, max_lag: mp.mpf, period: mp.mpf) -> list[mp.mpf]:
    lags = [lag * period for lag in range(n_lags)]
    if family == "geometric":
        kept = p["decay"] ** period
        return [(1 - kept) * kept**lag for lag in range(n_lags)]
    if family == "delayed":
        squares = [(t - p["peak_lag"]) ** 2 for t in lags]
        least = min(squares)
        raw = [p["decay"] ** (square - least) for square in squares]
    elif family == "binomial":
        raw = [(1 - t / (max_lag + 1)) ** (1 / p["decay"] - 1) if p["decay"] > 0 else mp.mpf(t == 0) for t in lags]
    elif family == "weibull_cdf":
        hazards = [(t / p["weibull_scale"]) ** p["weibull_shape"] for t in lags]
        raw = [mp.exp(-period * mp.fsum(hazards[1 : lag + 1])) for lag in range(n_lags)]
    else:
        k, scale = p["weibull_shape"], p["weibull_scale"]
        logs = [(k - 1) * mp.log(t + period) - ((t + period) / scale) ** k for t in lags]
        raw = [mp.exp(value - max(logs)) for value in logs]
    total = mp.fsum(raw)
    return [weight / total for weight in raw]


def weights_gradient(family: str, values: Values, name: str, n_lags: int, max_lag: float) -> list[mp.mpf]:
    """Derivative of the weights in parameter `name`, by a central difference in 420-digit arithmetic."""
    with mp.workdps(420):
        p = {key: mp.mpf(value) for key, value in values.items()}
        step = (p[name] if p[name] > 0 else mp.mpf(1)) * mp.mpf(10) ** -40
        sides = []
        for sign in (1, -1):
            moved = {**p, name: p[name] + sign * step}
            sides.append(_weights(family, moved, n_lags, mp.mpf(max_lag), mp.mpf(1)))
        return [(up - down) / (2 * step) for up, down in zip(*sides, strict=True)]


def saturation(family: str, u: float, values: Values) -> mp.mpf:
    """S(u) as MATH.md writes it."""
    x, p = mp.mpf(u), {name: mp.mpf(value) for name, value in values.items()}
    if x == 0:
        return mp.mpf(0)
    if family == "power":
        return x ** p["exponent"]
    if family == "log":
        return mp.log1p(x / p["curvature"])
    h = p["half_saturation"]
    if family == "hill":
        return 1 / (1 + (h / x) ** p["slope"])
    if family == "logistic":
        rate = mp.log(3) / h
        return -mp.expm1(-rate * x) / (1 + mp.exp(-rate * x))
    if family == "tanh":
        return mp.tanh(x / (h / mp.atanh(mp.mpf(1) / 2)))
    if family == "michaelis_menten":
        return x / (h + x)
    return -mp.expm1(-x / (h / mp.log(2)))


def log_slope(family: str, u: float, values: Values) -> mp.mpf:
    """u S'(u), in closed form."""
    x, p = mp.mpf(u), {name: mp.mpf(value) for name, value in values.items()}
    if x == 0:
        return mp.mpf(0)
    if family == "power":
        return p["exponent"] * x ** p["exponent"]
    if family == "log":
        return x / (p["curvature"] + x)
    h = p["half_saturation"]
    if family == "hill":
        odds = (h / x) ** p["slope"]
        return p["slope"] * odds / (1 + odds) ** 2
    if family in ("logistic", "tanh"):
        argument = x * mp.atanh(mp.mpf(1) / 2) / h
        fading = mp.exp(-2 * argument)
        return 4 * argument * fading / (1 + fading) ** 2
    if family == "michaelis_menten":
        return x * h / (h + x) ** 2
    rate = mp.log(2) / h
    return rate * x * mp.exp(-rate * x)


def gradient(family: str, u: float, values: Values, name: str) -> mp.mpf:
    """dS / d parameter, in closed form."""
    x, p = mp.mpf(u), {key: mp.mpf(value) for key, value in values.items()}
    if x == 0:
        return mp.mpf(0)
    if name == "exponent":
        return x ** p["exponent"] * mp.log(x)
    if name == "slope":
        return log_slope(family, u, values) / p["slope"] * mp.log(x / p["half_saturation"])
    return -log_slope(family, u, values) / p[name]
