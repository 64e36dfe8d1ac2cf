"""The peers' own problems, rebuilt with `evaluate`: never below SciPy's reference, and the budget met."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path

import numpy as np
import pytest

from tests.posteriors import FLAT, dataset
from xl_mmm.fitting import evaluate
from xl_mmm.planning import Constraints, Plan, optimize
from xl_mmm.planning.search import Search
from xl_mmm.planning.setup import prepared
from xl_mmm.posterior import Posterior

GOLDEN = json.loads((Path(__file__).parents[1] / "golden" / "budgets.json").read_text(encoding="utf-8"))
ROBYN, MERIDIAN = GOLDEN["robyn_3.12"], GOLDEN["meridian_2.1"]
NAMES = tuple(f"ch{k}" for k in range(4))
CENTRE = np.array([20000.0, 15000.0, 10000.0, 5000.0])  # Meridian's
WEEKS = 30
MET = 1e-6


def shapes(problem: dict[str, list[float]], decay: float) -> dict[str, dict[str, float]]:
    """Return the problem's curves: with a decay, effective spend is (1 − decay) · (spend + what is carried in)."""
    return {
        name: {
            "decay": decay, "half_saturation": (1 - decay) * problem["half_saturation"][k],
            "slope": problem["slope"][k], "coefficient": problem["coefficient"][k],
        }
        for k, name in enumerate(NAMES)
    }  # fmt: skip


def meridian() -> Posterior:
    """Steady spend without carryover: every week is the problem's one period."""
    data = dataset({name: [CENTRE[k]] * WEEKS for k, name in enumerate(NAMES)})
    return evaluate(data, FLAT, shapes(MERIDIAN, 0.0)).posterior


def robyn() -> tuple[Posterior, float]:
    """Spend in the last week alone, under a fixed carryover from history that has halved every week until then.

    Returns the model and what the carryover alone brings in that week, which Robyn counts and contributions do not.
    """
    spend = {
        name: [ROBYN["carryover"][k] * 2.0**WEEKS, *[0.0] * (WEEKS - 1), float(ROBYN["today"][k])]
        for k, name in enumerate(NAMES)
    }
    model = evaluate(dataset(spend, history=1), FLAT, shapes(ROBYN, 0.5)).posterior
    return model, response(ROBYN, np.array(ROBYN["carryover"]))


def response(problem: dict[str, list[float]], media: np.ndarray) -> float:
    """Return what effective media (channel,) earn: the model keeps its parameters as float32, this does not."""
    c, h, a = (np.array(problem[key], float) for key in ("coefficient", "half_saturation", "slope"))
    return float((c / (1 + (h / media) ** a)).sum())


@pytest.mark.parametrize("case", MERIDIAN["cases"], ids=lambda case: str(case["budget"]))
def test_meridians_budgets(case: dict[str, float | list[float]]) -> None:
    """At or above SciPy's reference with the budget spent; Meridian leaves 2,860 of 40,000 unspent."""
    least, most = np.array(case["least"]) / CENTRE, np.array(case["most"]) / CENTRE
    bounds = {name: (float(least[k]), float(most[k])) for k, name in enumerate(NAMES)}
    plan = optimize(meridian(), Constraints(float(case["budget"]) * WEEKS, bounds))  # type: ignore[arg-type]
    earned = response(MERIDIAN, plan.spend.to_numpy() / WEEKS)
    assert plan.outcome / WEEKS == pytest.approx(earned, rel=1e-7)
    assert earned >= float(case["reference"]) * (1 - 1e-9)  # type: ignore[arg-type]
    assert earned >= float(case["peer"]) * (1 - 1e-12)  # type: ignore[arg-type]
    assert plan.spend.sum() / WEEKS == pytest.approx(case["budget"], rel=MET)
    proven(plan)


def test_meridians_target_of_an_roi() -> None:
    """Meridian stops at an ROI of 2.50 where 2.2 was asked for, and leaves a quarter of the revenue behind."""
    case = MERIDIAN["targets"][0]
    plan = optimize(meridian(), Constraints(default_bounds=(0.0, 2.0), least_roi=case["least_roi"]))
    assert plan.outcome / plan.spend.sum() == pytest.approx(case["least_roi"], rel=MET)
    assert plan.outcome / WEEKS > 1.2 * case["peer"]
    proven(plan)


def test_meridians_target_of_a_marginal_roi() -> None:
    case = MERIDIAN["targets"][1]
    plan = optimize(meridian(), Constraints(default_bounds=(0.0, 2.0), least_mroi=case["least_mroi"]))
    assert (plan.outcome - plan.spend.sum()) / WEEKS >= case["peer"] - case["peer_spent"]
    np.testing.assert_allclose(plan.mroi[plan.bound == ""], case["least_mroi"], rtol=1e-4)
    proven(plan)


@pytest.mark.parametrize("case", ROBYN["cases"], ids=lambda case: str(case["budget"]))
def test_robyns_budgets(case: dict[str, float]) -> None:
    model, carried = robyn()
    plan = optimize(model, Constraints(case["budget"], default_bounds=tuple(ROBYN["bounds"])))
    earned = response(ROBYN, plan.spend.to_numpy() + np.array(ROBYN["carryover"]))
    assert plan.outcome + carried == pytest.approx(earned, rel=1e-7)
    assert earned >= case["reference"] * (1 - 1e-9)
    assert earned >= case["peer"] * (1 - 1e-8)  # Robyn overspends its budget by up to 7e-14
    assert plan.spend.sum() == pytest.approx(case["budget"], rel=MET)
    proven(plan)


@pytest.mark.parametrize("case", ROBYN["targets"], ids=lambda case: f"{case['roi']:.3f}")
def test_robyns_targets(case: dict[str, float]) -> None:
    """Robyn's ROI counts what is carried in, so the target is set on the problem itself.

    As shipped its search uses a wrong derivative and ends 5 to 6 % below.
    """
    model, carried = robyn()
    setup = prepared(model, Constraints(default_bounds=(0.0, 20.0), total="free"), None)
    setup = dataclasses.replace(setup, rate=np.full(4, case["roi"]), goal=-carried)
    money = Search.of(setup).run().money
    outcome = float(setup.curves.revenue(setup.limits.multiples(money)).sum()) + carried
    assert outcome / money.sum() == pytest.approx(case["roi"], rel=MET)
    assert outcome >= case["reference"] * (1 - 1e-7)  # whose own ROI misses the target by some 1e-8
    assert outcome > 1.04 * case["shipped"]


def proven(plan: Plan) -> None:
    """See that a plan carries its proof."""
    assert plan.certificate.feasible
    assert plan.certificate.kkt_residual < 1e-6
    assert plan.certificate.gap is not None
    assert plan.certificate.gap < 1e-3
