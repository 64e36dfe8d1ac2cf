"""Long runs of NUTS on the model of `MATH.md`, written out in PyMC: what `bayes` is held to.

Nothing of xl_mmm is used but the data and the choices (`tests.bayesian.references`): carryover, saturation, baseline,
priors and likelihood are spelled out here once more, with plain formulas. Unlike `bayes`, NUTS samples the linear
coefficients too, so integrating them out is checked as well. In units of the mean KPI

    kpi_t = Z_t γ + Σ_k c_k S(u_kt) + ε_t,   ε_t = ρ ε_(t−1) + ν_t,   ν_t ~ N(0, σ²),   ε_0 ~ N(0, σ² / (1 − ρ²))

with c_k such that Σ_t w_t c_k [S(u_kt) − S(u0_kt)] = roi_k Σ_t spend_kt (organic media: = share_k Σ_t kpi_t).

It needs an environment of its own: `pip install "pymc==5.28.5" "nutpie==0.16.8" "arviz==0.23.4" pandas holidays`.
PyMC-Marketing's example is added when XL_MMM_PEER_DATA names its folder; data sets that are not run again keep their
figures. All four take 20 to 40 minutes.

    ENV/bin/python -m tests.golden.make_nuts_reference [data set ...]
"""

from __future__ import annotations

import json
import math
import os
import platform
import sys
import time
from importlib.metadata import version
from pathlib import Path

import arviz as az
import numpy as np
import nutpie
import pymc as pm
import pytensor.tensor as pt

from tests.bayesian.references import EXAMPLE, MARKETS, example

OUT = Path(__file__).with_name("nuts_reference.json")
CHAINS, TUNE, DRAWS, SEED, ACCEPTED = 8, 2_000, 12_000, 20_261_122, 0.9
NORMAL_90 = 1.6448536269514722  # from a normal's middle to the ends of its 90 % range, standard deviations
TINY = 1e-30  # of money or less: as good as none

# Priors: (middle, spread) of the logit or the logarithm, (mean, sd) of a Gamma, spread of a half-normal.
DECAY, HALF_SATURATION, SLOPE = (-0.6, 0.9), (0.0, 0.7), (0.1, 0.3)  # half-saturation: times mean exposure when active
PEAK_LAG, WEIBULL = 2.0, (2.0, 1.3)
ROI, ORGANIC_SHARE = (0.2, 0.9), (math.log(0.02), 1.0)
SIGMA, RHO, SMOOTHNESS = (math.log(0.05), 1.0), 0.3, (math.log(0.1), 1.0)
INTERCEPT, TREND, SEASON, CONTROL = 2.0, 1.0, 0.2, 1.0


def believed(choice, default, link=math.log):
    """Return (middle, spread): a typed pair is a 90 % range on the scale of `link`."""
    if choice is None:
        return default
    low, high = map(link, choice)
    return (low + high) / 2, (high - low) / 2 / NORMAL_90


def positive(name, choice, default):
    """Return a log-normal unknown, or the number that fixes it."""
    return pt.constant(choice) if isinstance(choice, float) else pm.LogNormal(name, *believed(choice, default))


def share(name, choice):
    """Return a logit-normal unknown in (0, 1), or the number that fixes it."""
    if isinstance(choice, float):
        return pt.constant(choice)
    logit = pm.Normal(f"logit of {name.replace('|', ' ')}", *believed(choice, DECAY, lambda p: math.log(p / (1 - p))))
    return pm.Deterministic(name, pm.math.sigmoid(logit))


def weights(k, choices, n_rows):
    """Return the weight of each lag, one unit in all (geometric: over endless lags)."""
    lag = np.arange(n_rows if choices.adstock == "geometric" else choices.max_lag + 1, dtype=float)
    if choices.adstock == "weibull_cdf":  # the product over weeks passed of 1 − F
        shape = pm.Gamma(f"{k}|weibull_shape", mu=WEIBULL[0], sigma=WEIBULL[1])
        scale = pm.Gamma(f"{k}|weibull_scale", mu=WEIBULL[0], sigma=WEIBULL[1])
        hazard = pt.concatenate([pt.zeros(1), (lag[1:] / scale) ** shape])
        raw = pt.exp(-pt.cumsum(hazard))
        return raw / raw.sum()
    decay = share(f"{k}|decay", choices.decay)
    if choices.adstock == "geometric":
        return (1 - decay) * decay**lag
    if choices.adstock == "binomial":
        raw = (1 - lag / (choices.max_lag + 1)) ** (1 / decay - 1)
    elif choices.adstock == "delayed":
        peak = pm.TruncatedNormal(f"{k}|peak_lag", 0.0, PEAK_LAG, lower=0.0, upper=float(choices.max_lag))
        square = (lag - peak) ** 2
        raw = pt.exp(pt.log(decay) * (square - square.min()))
    else:
        raise ValueError(choices.adstock)
    return raw / raw.sum()


def curve(k, choices, reference):
    """Return u -> S(u)."""
    h = positive(f"{k}|half_saturation", choices.half_saturation, (math.log(reference), HALF_SATURATION[1]))
    if choices.saturation == "hill":
        slope = positive(f"{k}|slope", choices.slope, SLOPE)
        return lambda u: pt.sigmoid(slope * (pt.log(pt.maximum(u, TINY)) - pt.log(h)))
    if choices.saturation == "logistic":  # (1 − e^(−λu)) / (1 + e^(−λu)) with λ = ln 3 / h
        return lambda u: pt.tanh(math.log(3) / h * u / 2)
    if choices.saturation == "tanh":
        return lambda u: pt.tanh(u * math.atanh(0.5) / h)
    if choices.saturation == "michaelis_menten":
        return lambda u: u / (h + u)
    raise ValueError(choices.saturation)


def lagged(x, n_history, n_lags):
    """Return (week, lag): the exposure so many weeks earlier, zero before the first row."""
    rows = np.arange(n_history, len(x))[:, None] - np.arange(n_lags)
    return np.where(rows >= 0, x[np.maximum(rows, 0)], 0.0)


def baseline(data, spec):
    """Return names, (week, column) and prior standard deviations of the linear columns; knots come last."""
    n, h = data.n_weeks, data.n_history
    day = data.dates[h:].astype("datetime64[D]").astype(float)
    line = (day - day[0]) / (day[-1] - day[0])
    columns = {("baseline", "intercept"): (np.ones(n), INTERCEPT)}
    if spec.trend:
        columns["baseline", "trend"] = line - 0.5, TREND
    for order in range(1, spec.seasonality + 1):
        angle = 2 * np.pi * order * day / 365.25
        columns["baseline", f"sin{order}"] = np.sin(angle), SEASON
        columns["baseline", f"cos{order}"] = np.cos(angle), SEASON
    for j, name in enumerate(data.controls):
        z = data.control_values[h:, j]
        z = z if set(z) <= {0.0, 1.0} else z - z.mean()
        columns["controls", name] = z, CONTROL / z.std()
    for j in range(1, spec.knots + 1):
        gap = 1 / (spec.knots + 1)
        columns["baseline", f"knot{j}"] = np.maximum(0, 1 - np.abs(line - j * gap) / gap), math.nan
    return list(columns), np.column_stack([z for z, _ in columns.values()]), np.array([s for _, s in columns.values()])


def sizes(data):
    """Return the prior of a paid channel's ROI: the default, or of all media's share where spend is no such money."""
    h, rpk = data.n_history, data.revenue_per_kpi
    money = data.kpi[h:] * (1.0 if rpk is None else rpk[h:])
    spend = data.spend[h:].sum(axis=0)
    told = math.exp(ROI[0]) * spend.sum() / money.sum()  # share of revenue that the default would explain
    if rpk is not None and 0.001 <= told <= 10:
        return ROI
    mean, sd = 0.4 * money.sum() / spend.sum(), 0.2 * money.sum() / math.sqrt((spend**2).sum())
    variance = math.log(1 + (sd / mean) ** 2)
    return math.log(mean) - variance / 2, math.sqrt(variance)


def model_of(data, spec):
    """Write the model down; what is compared is a Deterministic called `place|quantity`, KPI in the data's unit."""
    n, h = data.n_weeks, data.n_history
    kpi = data.kpi[h:]
    scale = np.abs(kpi).mean()
    y = kpi / scale
    names, z, sd = baseline(data, spec)
    knots = np.isnan(sd)
    with pm.Model() as model:
        media, total = pt.zeros(n), 0.0
        columns = [
            *zip(data.channels, data.media.T, strict=True),
            *zip(data.organic, data.organic_media.T, strict=True),
        ]
        for j, (k, x) in enumerate(columns):
            choices, paid = spec.channel(k), j < len(data.channels)
            w = weights(k, choices, len(x))
            s = curve(k, choices, x[h:][x[h:] > 0].mean())
            past = np.where(np.arange(len(x)) < h, x, 0.0)
            n_lags = len(x) if choices.adstock == "geometric" else choices.max_lag + 1
            whole, carried = s(lagged(x, h, n_lags) @ w), s(lagged(past, h, n_lags) @ w) if past.any() else 0.0
            money = data.revenue_per_kpi[h:] if paid and data.revenue_per_kpi is not None else np.ones(n)
            unit = data.spend[h:, j].sum() if paid else kpi.sum()
            size = positive(f"{k}|roi" if paid else f"{k}|share", choices.roi, sizes(data) if paid else ORGANIC_SHARE)
            c = size * unit / (money * (whole - carried)).sum()
            media += c / scale * whole
            gained = (c * (whole - carried)).sum()
            total += gained
            pm.Deterministic(f"{k}|coefficient", c)
            pm.Deterministic(f"{k}|contribution", gained)
        pm.Deterministic("media|contribution", total)
        sigma = pm.LogNormal("sigma", *SIGMA)
        rho = pm.TruncatedNormal("noise|rho", 0.0, RHO, lower=-1.0, upper=1.0)
        pm.Deterministic("noise|sigma", scale * sigma / pt.sqrt(1 - rho**2))  # of ε, as the workbook shows it
        # γ = what least squares gives for y − media, + spread η with η flat: a shift, so the density stays as it is,
        # and NUTS needs not follow media and baseline as they trade places
        precision = z.T @ z / 0.05**2 + np.diag(np.where(knots, 100.0, sd**-2.0))
        spread = np.linalg.inv(np.linalg.cholesky(precision)).T
        eta = pm.Flat("eta", shape=len(names), initval=np.zeros(len(names)))
        gamma = np.linalg.solve(precision, z.T / 0.05**2) @ (y - media) + spread @ eta
        pm.Potential("prior_of_gamma", -0.5 * ((gamma[~knots] / sd[~knots]) ** 2).sum())
        if knots.any():  # a Brownian bridge of size τ at equal steps
            at = np.arange(1, knots.sum() + 1) / (knots.sum() + 1)
            bridge = np.linalg.inv(np.minimum.outer(at, at) - np.outer(at, at))
            tau = pm.LogNormal("tau", *SMOOTHNESS)
            bent = gamma[knots]
            pm.Potential("prior_of_knots", -0.5 * bent @ bridge @ bent / tau**2 - knots.sum() * pt.log(tau))
        for j, (place, name) in enumerate(names):
            pm.Deterministic(f"{place}|{name}", scale * gamma[j])
        e = y - media - z @ gamma
        pm.Potential("first", pm.logp(pm.Normal.dist(0, sigma / pt.sqrt(1 - rho**2)), e[0]))
        pm.Potential("later", pm.logp(pm.Normal.dist(0, sigma), e[1:] - rho * e[:-1]).sum())
    return model


def sampled(data, spec):
    """Sample and summarize."""
    started = time.perf_counter()
    model = model_of(data, spec)
    compared = sorted(v.name for v in (*model.free_RVs, *model.deterministics) if "|" in v.name)
    trace = nutpie.sample(
        nutpie.compile_pymc_model(model), draws=DRAWS, tune=TUNE, chains=CHAINS, cores=2, seed=SEED,
        target_accept=ACCEPTED, progress_bar=False,
    )  # fmt: skip
    quantities, r_hat, ess = {}, 1.0, math.inf
    for key in compared:
        place, name = key.split("|")
        values = np.asarray(trace.posterior[key])
        quantities.setdefault(place, {})[name] = {"mean": float(values.mean()), "sd": float(values.std(ddof=1))}
        r_hat = max(r_hat, float(az.rhat(values)))
        ess = min(ess, *(float(az.ess(values, method=method)) for method in ("bulk", "tail", "mean", "sd")))
    divergences = int(trace.sample_stats["diverging"].sum())
    print(
        f"{time.perf_counter() - started:.0f} s, R-hat {r_hat:.4f}, ESS {ess:.0f}, {divergences} divergences",
        flush=True,
    )
    return {
        "data": data.sha, "weeks": data.n_weeks, "chains": CHAINS, "tune": TUNE, "draws": DRAWS, "seed": SEED,
        "target_accept": ACCEPTED, "largest_r_hat": r_hat, "smallest_ess": ess, "divergences": divergences,
        "quantities": quantities,
    }  # fmt: skip


def main():
    """Run the data sets that are named, or all, and write the file anew."""
    known = json.loads(OUT.read_text(encoding="utf-8")) if OUT.exists() else {"data_sets": {}}
    sources = dict(MARKETS)
    if folder := os.environ.get("XL_MMM_PEER_DATA"):
        sources[EXAMPLE] = lambda: example(Path(folder))
    for name in sys.argv[1:] or sources:
        print(name, flush=True)
        known["data_sets"][name] = sampled(*sources[name]())
        known["made_by"] = "tests/golden/make_nuts_reference.py"
        known["versions"] = {p: version(p) for p in ("pymc", "nutpie", "pytensor", "numba", "numpy", "arviz")}
        known["versions"]["python"] = platform.python_version()
        OUT.write_text(json.dumps(known, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
