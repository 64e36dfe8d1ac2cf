"""Every number the peers' own functions gave, reproduced.

`tests/golden/<peer>.json` holds their outputs; `COUNTERPARTS` says, function by function, which call of ours gives the
same numbers, or why none does. A test verifies that the table covers every function in the files.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from xl_mmm.transforms import (
    CONVENTIONS,
    adstock,
    adstock_weights,
    saturation,
    saturation_derivative,
)

GOLDEN = Path(__file__).parents[1] / "golden"
TOLERANCE = {
    "robyn_r": 1e-12,
    "meridian": 1e-12,
    "hommmer": 1e-12,
    "pymc_marketing": 1e-10,
    "lightweight_mmm": 1e-12,
}
CARRYOVER_TOLERANCE = 1e-6  # LightweightMMM computes its lags in float32
NEGLIGIBLE = 1e-15  # of the largest number in a case

Array = np.ndarray
Case = dict[str, Any]
Comparison = list[tuple[Any, Array]]  # theirs, ours


def column(x: Array, family: str, convention: Any, max_lag: float = 12, **parameters: float) -> Array:
    """Adstock one series."""
    return adstock(x[:, None], family, parameters, convention=convention, max_lag=max_lag)[:, 0]


def bend(x: Array, family: str, convention: str = "xl_mmm", **parameters: float) -> Array:
    """Saturate one series."""
    return saturation(np.asarray(x, dtype=float)[:, None], family, parameters, convention=convention)[:, 0]


def robyn_weibull(case: Case, x: Array) -> Comparison:
    p = case["params"]
    values = {"weibull_shape": p["shape"], "weibull_scale": p["scale"]}
    family = f"weibull_{p['type']}"
    weights = adstock_weights(family, values, convention="robyn", n_lags=p["windlen"])
    decayed = np.convolve(x, weights)[: len(x)]  # windlen may differ from the series' length
    pairs: Comparison = [(case["thetaVecCum"], weights), (case["x_decayed"], decayed)]
    if p["windlen"] == len(x):
        pairs.append((case["x_decayed"], column(x, family, "robyn", **values)))
    if "x_imme" in case:
        pairs.append((case["x_imme"], x * (1 if p["type"] == "cdf" else weights[0])))
    return pairs


def robyn_hill(case: Case, x: Array) -> Comparison:
    p = case["params"]
    mine = bend(x, "hill", "robyn", half_saturation=p["gamma"], slope=p["alpha"])
    later = bend(0.4 * x, "hill", half_saturation=case["inflexion"], slope=p["alpha"])
    return [(case["x_saturated"], mine), (case["x_saturated_at_0.4x"], later)]


def robyn_objective(case: Case, _x: None) -> Comparison:
    p = case["params"]
    u = np.array([[p["x"] + np.mean(p["x_hist_carryover"])]])  # Robyn adds the mean carryover of the weeks
    values = {"half_saturation": p["inflexion"], "slope": p["alpha"]}
    response = p["coeff"] * saturation(u, "hill", values).sum()
    marginal = p["coeff"] * (saturation_derivative(u, "hill", values) / u).sum()
    return [(case["response"], response), (case["minus_marginal"], -marginal)]


def pymc_adstock(family: str, **names: str) -> Callable[[Case, Array], Comparison]:
    def compare(case: Case, x: Array) -> Comparison:
        p = case["params"]
        convention = replace(CONVENTIONS["pymc"], normalize=p["normalize"], mode=p["mode"])
        parameters = {ours: p[theirs] for ours, theirs in names.items()}
        own = family or f"weibull_{p['type'].lower()}"
        return [(case["y"], column(x, own, convention, max_lag=p["l_max"] - 1, **parameters))]

    return compare


def meridian_adstock(case: Case, x: Array) -> Comparison:
    p = case["params"]
    weights = adstock_weights(
        p["decay"], {"decay": p["alpha"]}, max_lag=p["max_lag"], convention="meridian", n_lags=len(x)
    )
    mine = column(x, p["decay"], "meridian", max_lag=p["max_lag"], decay=p["alpha"])
    return [(case["weights_lag0_first"], weights), (case["y"], mine[-p["n_times_output"] :])]


def meridian_chain(case: Case, x: Array) -> Comparison:
    p = case["params"]
    scaled, values = x / p["median_nonzero"], {"half_saturation": p["ec"], "slope": p["slope"]}

    def spread(series: Array) -> Array:
        return column(series, "geometric", "meridian", max_lag=p["max_lag"], decay=p["alpha"])

    return [
        (case["adstock_hill"], bend(spread(scaled), "hill", **values)),
        (case["hill_before_adstock"], spread(bend(scaled, "hill", **values))),
    ]


def meridian_duration(case: Case, _x: None) -> Comparison:
    """The share of the effect inside the test, and what is made of it (MATH.md, "ROI prior")."""
    p = case["params"]
    values = {"decay": p["alpha"]}
    whole = adstock_weights(p["decay"], values, max_lag=p["max_lag"], convention="raw", n_lags=p["max_lag"] + 1)
    inside = adstock_weights(p["decay"], values, max_lag=p["max_lag"], convention="raw", n_lags=p["duration"])
    share = inside[: p["duration"]].sum() / whole.sum()
    return [(case["p"], share), (case["gamma"], 1 / share), (1 + case["tau"], 1 + max((1 - share) / share, 0))]


def lightweight_adstock(case: Case, x: Array) -> Comparison:
    p = case["params"]
    mine = column(x, "geometric", "lightweight_mmm" if p["normalise"] else "raw", decay=p["lag_weight"])
    pairs: Comparison = [(case["y"], mine)]
    if p["normalise"]:
        pairs.append((case["y"], column(x, "geometric", "xl_mmm", decay=p["lag_weight"])))
    return pairs


def lightweight_carryover(case: Case, x: Array) -> Comparison:
    p = case["params"]
    values = {"decay": p["ad_effect_retention_rate"], "peak_lag": p["peak_effect_delay"]}
    conventions = ("lightweight_mmm", "xl_mmm")
    return [(case["y"], column(x, "delayed", name, max_lag=p["number_lags"] - 1, **values)) for name in conventions]


def scaled(family: str, build: Callable[[dict[str, Any], Array], tuple[float, dict[str, float]]]) -> Any:
    """A saturation of ours times a factor."""

    def compare(case: Case, x: Array) -> Comparison:
        factor, parameters = build(case["params"], x)
        return [(case["y"], factor * bend(x, family, **parameters))]

    return compare


def hill_of(h: str, slope: str) -> Any:
    return scaled("hill", lambda p, _x: (1.0, {"half_saturation": p[h], "slope": p[slope]}))


def exponential_of(p: dict[str, Any], x: Array) -> tuple[float, dict[str, float]]:
    alpha = p["alpha"] or float(np.max(x))
    return alpha, {"half_saturation": alpha * math.log(2)}


def pytensor_atanh(r: float) -> float:
    """PyTensor takes a constant that float32 can hold exactly, and all that is done with it, as float32."""
    return float(np.arctanh(np.float32(r))) if float(np.float32(r)) == r else math.atanh(r)


ATANH_HALF = math.atanh(0.5)

COUNTERPARTS: dict[tuple[str, str], Any] = {
    ("robyn_r", "adstock_geometric"): lambda c, x: [
        (c["x_decayed"], column(x, "geometric", "robyn", decay=c["params"]["theta"]))
    ],
    ("robyn_r", "adstock_weibull"): robyn_weibull,
    ("robyn_r", "adstock_weibull_windlen"): robyn_weibull,
    ("robyn_r", "saturation_hill"): robyn_hill,
    ("robyn_r", "mic_men"): scaled("michaelis_menten", lambda p, _x: (p["Vmax"], {"half_saturation": p["Km"]})),
    ("robyn_r", "fx_objective_and_gradient"): robyn_objective,
    ("robyn_r", "lambda_seq"): "a ridge penalty path, not a transform",
    ("robyn_r", "nrmse"): "a measure of fit, not a transform",
    ("robyn_r", "decomp_rssd"): "a measure of fit, not a transform",
    ("pymc_marketing", "geometric_adstock"): pymc_adstock("geometric", decay="alpha"),
    ("pymc_marketing", "binomial_adstock"): pymc_adstock("binomial", decay="alpha"),
    ("pymc_marketing", "delayed_adstock"): pymc_adstock("delayed", decay="alpha", peak_lag="theta"),
    ("pymc_marketing", "weibull_adstock"): pymc_adstock("", weibull_shape="k", weibull_scale="lam"),
    ("pymc_marketing", "logistic_saturation"): scaled(
        "logistic", lambda p, _x: (1.0, {"half_saturation": math.log(3) / p["lam"]})
    ),
    ("pymc_marketing", "inverse_scaled_logistic_saturation"): scaled(
        "logistic", lambda p, _x: (1.0, {"half_saturation": math.log(3) * p["lam"] / p["eps"]})
    ),
    ("pymc_marketing", "tanh_saturation"): scaled(
        "tanh", lambda p, _x: (p["b"], {"half_saturation": p["b"] * p["c"] * ATANH_HALF})
    ),
    ("pymc_marketing", "tanh_saturation_baselined"): scaled(
        "tanh",
        lambda p, _x: (
            p["gain"] * p["x0"] / p["r"],
            {"half_saturation": p["x0"] * ATANH_HALF / pytensor_atanh(p["r"])},
        ),
    ),
    ("pymc_marketing", "michaelis_menten"): scaled(
        "michaelis_menten", lambda p, _x: (p["alpha"], {"half_saturation": p["lam"]})
    ),
    ("pymc_marketing", "hill_function"): hill_of("kappa", "slope"),
    ("pymc_marketing", "hill_saturation_sigmoid"): (
        "a logistic in u shifted by lam: it has no half-saturation of its own limit and is no family of MATH.md"
    ),
    ("pymc_marketing", "root_saturation"): scaled("power", lambda p, _x: (1.0, {"exponent": p["alpha"]})),
    ("meridian", "AdstockTransformer"): meridian_adstock,
    ("meridian", "HillTransformer"): hill_of("ec", "slope"),
    ("meridian", "media_scaled->adstock->hill"): meridian_chain,
    ("meridian", "calibration_duration_adjustment"): meridian_duration,
    ("lightweight_mmm", "adstock"): lightweight_adstock,
    ("lightweight_mmm", "carryover"): lightweight_carryover,
    ("lightweight_mmm", "hill"): hill_of("half_max_effective_concentration", "slope"),
    ("lightweight_mmm", "calculate_seasonality"): "a Fourier baseline: belongs to the design, not to the transforms",
    ("hommmer", "geometric_adstock"): lambda c, x: [
        (c["y"], column(x, "geometric", "hommmer", decay=c["params"]["theta"]))
    ],
    ("hommmer", "delayed_adstock"): lambda c, x: [
        (c["y"], column(x, "delayed", name, c["params"]["L"] - 1, decay=c["params"]["D"], peak_lag=c["params"]["P"]))
        for name in ("hommmer", "xl_mmm")
    ],
    ("hommmer", "weibull_adstock"): lambda c, x: [
        (
            c["y"],
            column(
                x, "weibull_cdf", "hommmer", c["params"]["window"] - 1, weibull_shape=c["params"]["k"], weibull_scale=1
            ),
        )
    ],
    ("hommmer", "hill_saturation"): hill_of("ec", "slope"),
    ("hommmer", "s_curve_saturation"): hill_of("gamma", "alpha"),
    ("hommmer", "power_saturation"): scaled("power", lambda p, _x: (1.0, {"exponent": p["beta"]})),
    ("hommmer", "scaled_saturation"): scaled("exponential", exponential_of),
}


def golden(peer: str) -> dict[str, Any]:
    content: dict[str, Any] = json.loads((GOLDEN / f"{peer}.json").read_text(encoding="utf-8"))
    return content


def test_the_table_covers_every_function() -> None:
    executed = {(peer, name) for peer in TOLERANCE for name in golden(peer)["functions"]}
    assert executed == set(COUNTERPARTS)
    assert sum(isinstance(entry, str) for entry in COUNTERPARTS.values()) == 5


@pytest.mark.parametrize(
    ("peer", "function"), [key for key, entry in COUNTERPARTS.items() if not isinstance(entry, str)]
)
def test_every_case_is_reproduced(peer: str, function: str) -> None:
    content = golden(peer)
    cases = [case for case in content["cases"] if case["fn"] == function]
    assert len(cases) == content["functions"][function]
    tolerance = CARRYOVER_TOLERANCE if function == "carryover" else TOLERANCE[peer]
    for case in cases:
        x = np.asarray(content["inputs"][case["x"]], dtype=float) if "x" in case else None
        for theirs, ours in COUNTERPARTS[peer, function](case, x):
            theirs = np.asarray(theirs, dtype=float)
            negligible = NEGLIGIBLE * np.max(np.abs(theirs))
            np.testing.assert_allclose(ours, theirs, rtol=tolerance, atol=negligible, err_msg=str(case["params"]))
