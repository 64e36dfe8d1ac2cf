"""`fit(method="bayes")`: recovery, convergence that is recorded, the same bits again, choices that are honored."""

from __future__ import annotations

import dataclasses
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from xl_mmm.bayesian import fit as sampling
from xl_mmm.bayesian.problem import problem_of
from xl_mmm.errors import FitError, SpecError
from xl_mmm.estimation.bayes.mode import find_modes
from xl_mmm.fitting import FittedMMM, fit
from xl_mmm.response import media_contribution
from xl_mmm.simulation import simulate
from xl_mmm.spec import ChannelSpec, ModelSpec

MARKET = simulate(weeks=104, channels=3, seed=21, noise=0.03, rho=0.3)
TINY = simulate(weeks=60, channels=1, seed=4, controls=1, history=4)


@pytest.fixture(scope="module")
def model() -> FittedMMM:
    return fit(MARKET.dataset, MARKET.spec, method="bayes")


def test_the_truth_lies_inside_the_ranges(model: FittedMMM) -> None:
    draws = media_contribution(model.posterior)[0].sum(axis=1)
    low, high = np.quantile(draws, [0.01, 0.99], axis=0)
    truth = MARKET.truth.contribution.sum(axis=0)
    assert ((low <= truth) & (truth <= high)).all()
    noise = model.parameters(0.98).loc["noise"]
    sd = 0.03 * MARKET.dataset.window_kpi.mean()
    assert noise["low"]["sigma"] < sd < noise["high"]["sigma"]
    assert noise["low"]["rho"] < 0.3 < noise["high"]["rho"]


def test_the_chains_met_and_it_is_written_down(model: FittedMMM) -> None:
    record = model.posterior.sampling
    assert record is not None
    assert record.converged
    assert record.r_hat <= 1.01
    assert record.tail_ess >= 1000
    assert model.posterior.n_draws == 1000
    assert model.posterior.range_label == "credible range"
    check = model.checks().set_index("check").loc["Chains agree"]
    assert (check["status"], check["value"]) == ("PASS", record.r_hat)


def test_a_model_as_text_keeps_its_record_and_its_numbers(model: FittedMMM) -> None:
    again = FittedMMM.from_text(model.to_text())
    assert again.posterior.sampling == model.posterior.sampling
    assert again.estimate.sampling is None
    np.testing.assert_array_equal(again.roi().to_numpy(), model.roi().to_numpy())


def test_rows_tie_and_the_mode_lies_among_the_draws(model: FittedMMM) -> None:
    np.testing.assert_allclose(model.contribution().sum(axis=1), MARKET.dataset.window_kpi, rtol=1e-10)
    low, high = np.quantile(model.posterior.linear, [0.001, 0.999], axis=0)
    assert ((low < model.estimate.linear[0]) & (model.estimate.linear[0] < high)).all()


def test_same_seed_same_bits_also_in_a_fresh_process() -> None:
    first, second = (fit(TINY.dataset, TINY.spec, method="bayes", draws=50) for _ in range(2))
    other = fit(TINY.dataset, TINY.spec, method="bayes", draws=50, seed=2)
    assert first.to_text() == second.to_text()
    assert first.to_text() != other.to_text()
    code = (
        "from xl_mmm.simulation import simulate; from xl_mmm.fitting import fit;"
        "m = simulate(weeks=60, channels=1, seed=4, controls=1, history=4);"
        "print(fit(m.dataset, m.spec, method='bayes', draws=50).to_text())"
    )
    assert fresh_process(code, threads=2).strip() == first.to_text()  # BLAS is held to one thread while fitting


def test_a_stored_model_evaluates_alike_with_any_number_of_threads(model: FittedMMM, tmp_path: Path) -> None:
    (tmp_path / "model.txt").write_text(model.to_text(), encoding="utf-8")
    code = (
        "import sys, pathlib; from xl_mmm.fitting import FittedMMM;"
        "m = FittedMMM.from_text(pathlib.Path(sys.argv[1]).read_text('utf-8'));"
        "tables = [m.roi(), m.contribution(), m.response_curve('TV')];"
        "print(*(float(x).hex() for t in tables for x in t.to_numpy(dtype=float).ravel()))"
    )
    one, two = (
        np.array([float.fromhex(x) for x in fresh_process(code, str(tmp_path / "model.txt"), threads=n).split()])
        for n in (1, 2)
    )
    assert len(one) > 900
    np.testing.assert_allclose(two, one, rtol=1e-9)
    here = [model.roi(), model.contribution(), model.response_curve("TV")]
    np.testing.assert_allclose(np.concatenate([t.to_numpy(dtype=float).ravel() for t in here]), one, rtol=1e-9)


def fresh_process(code: str, *arguments: str, threads: int) -> str:
    """Run a program with so many BLAS threads and return what it prints."""
    environment = os.environ | {"OPENBLAS_NUM_THREADS": str(threads), "OMP_NUM_THREADS": str(threads)}
    run = [sys.executable, "-c", code, *arguments]
    return subprocess.run(run, check=True, capture_output=True, text=True, env=environment).stdout


def test_chains_that_have_not_met_are_a_fail(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sampling, "STAGES", (3,))
    monkeypatch.setattr(sampling, "ROUND", 4)
    monkeypatch.setattr(sampling, "SHORTEST_ROUND", 4)
    monkeypatch.setattr(sampling, "MOST_DRAWS", 8)
    hurried = fit(TINY.dataset, TINY.spec, method="bayes", draws=20)
    assert hurried.posterior.sampling is not None
    assert not hurried.posterior.sampling.converged
    check = hurried.checks().set_index("check").loc["Chains agree"]
    assert check["status"] == "FAIL"
    assert "Do not use the ranges" in check["action"]


def test_a_round_of_badly_tuned_chains_becomes_warm_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sampling, "STAGES", (2,))
    monkeypatch.setattr(sampling, "ROUND", 16)
    work = {}
    for tunings in (0, 2):
        monkeypatch.setattr(sampling, "MOST_TUNINGS", tunings)
        done: list[tuple[int, int]] = []
        fitted = fit(TINY.dataset, TINY.spec, method="bayes", progress=lambda *now, done=done: done.append(now))
        assert fitted.posterior.sampling is not None
        assert fitted.posterior.sampling.converged
        assert done[-1][0] == done[-1][1]
        assert all(now <= expected for now, expected in done)
        work[tunings] = fitted.posterior.sampling.evaluations
    assert work[2] < work[0]


def test_fixed_values_stay_and_ranges_are_priors() -> None:
    choice = ChannelSpec(decay=0.4, half_saturation=(2e4, 4e4), slope=1.2, roi=1.5)
    name = TINY.dataset.channels[0]
    fitted = fit(TINY.dataset, ModelSpec(channels={name: choice}), method="bayes", draws=300)
    values = fitted.posterior.media.values
    assert set(values["decay"][:, 0]) == {float(np.float32(0.4))}
    assert values["half_saturation"].std() > 0
    np.testing.assert_allclose(fitted.roi()["roi"], 1.5, rtol=1e-6)
    tight = fit(TINY.dataset, ModelSpec(channels={name: ChannelSpec(roi=(1.9, 2.1))}), method="bayes", draws=300)
    row = tight.roi().iloc[0]
    assert 1.85 < row["roi_low"] < row["roi_high"] < 2.15


def test_the_data_share_tells_prior_from_data(model: FittedMMM) -> None:
    shares = model.roi()["data_share"]
    assert shares.between(0, 1).all()
    name = TINY.dataset.channels[0]
    known, unknown = (
        fit(TINY.dataset, ModelSpec(channels={name: ChannelSpec(roi=roi)}), method="bayes", draws=300)
        for roi in ((1.99, 2.01), (0.01, 100.0))
    )
    assert known.roi()["data_share"][name] < 0.2 < unknown.roi()["data_share"][name]
    assert fit(TINY.dataset, draws=3).roi()["data_share"].isna().all()


def test_as_many_draws_as_asked_for_are_kept() -> None:
    assert fit(TINY.dataset, TINY.spec, method="bayes", draws=4000).posterior.n_draws == 4000


def test_one_draw_is_the_mode() -> None:
    one = fit(TINY.dataset, TINY.spec, method="bayes", draws=1)
    assert one.posterior.n_draws == 1
    assert one.posterior.sampling is None
    np.testing.assert_array_equal(one.posterior.linear, one.estimate.linear)


def test_organic_media_knots_and_a_kpi_without_revenue() -> None:
    market = simulate(weeks=60, channels=1, seed=5, organic=1, controls=1)
    data = dataclasses.replace(market.dataset, revenue_per_kpi=None)
    fitted = fit(data, ModelSpec(knots=3), method="bayes", draws=100)
    assert fitted.posterior.media.names == ("TV", "Newsletter")
    assert fitted.roi()["roi"].isna().all()
    assert (fitted.roi()["cpik"] > 0).all()
    np.testing.assert_allclose(fitted.contribution().sum(axis=1), data.window_kpi, rtol=1e-10)


def test_spend_that_is_no_money_takes_its_prior_from_the_share_of_media() -> None:
    """Spend in index points has an ROI of millions; the truth is found all the same, and the ROI is for review."""
    points = dataclasses.replace(MARKET.dataset, spend=MARKET.dataset.spend * 1e-6)
    fitted = fit(points, MARKET.spec, method="bayes")
    draws = media_contribution(fitted.posterior)[0].sum(axis=1)
    low, high = np.quantile(draws, [0.01, 0.99], axis=0)
    truth = MARKET.truth.contribution.sum(axis=0)
    assert ((low <= truth) & (truth <= high)).all()
    assert fitted.checks().set_index("check").loc["Implausible ROI", "status"] == "REVIEW"


def test_a_belief_about_the_share_or_the_margin_is_followed_where_it_is_sure() -> None:
    name, money = TINY.dataset.channels[0], np.linspace(0.5, 1.5, len(TINY.dataset.dates))
    data = dataclasses.replace(TINY.dataset, revenue_per_kpi=money)  # so that share and ROI are no multiples
    fixed = fit(data, ModelSpec({name: ChannelSpec(share=0.08)}), method="bayes", draws=100)
    np.testing.assert_allclose(fixed.roi()["contribution_share"], 0.08, rtol=1e-6)
    assert fixed.roi()["data_share"].isna().all()
    for quantity, column in (("share", "contribution_share"), ("mroi", "mroi")):
        free = float(fit(data, method="bayes", draws=1).roi()[column].iloc[0])
        low, high = 1.5 * free, 1.6 * free
        sure = fit(data, ModelSpec({name: ChannelSpec(**{quantity: (low, high)})}), method="bayes", draws=1)
        assert low < sure.roi()[column].iloc[0] < high


def test_progress_reaches_its_end() -> None:
    seen: list[tuple[int, int]] = []
    fit(TINY.dataset, TINY.spec, method="bayes", draws=10, progress=lambda done, total: seen.append((done, total)))
    assert seen[-1][0] == seen[-1][1]
    assert [done for done, _ in seen] == sorted(done for done, _ in seen)
    assert all(done <= total for done, total in seen)


def test_families_mix_with_organic_media_and_without_revenue(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sampling, "SMALLEST_ESS", 200.0)  # enough to see whether the truth is inside
    market = simulate(
        weeks=104, channels=2, seed=9, organic=1, noise=0.02, adstock=["weibull_pdf", "geometric", "delayed"],
        saturation=["power", "hill", "logistic"],
    )  # fmt: skip
    fitted = fit(dataclasses.replace(market.dataset, revenue_per_kpi=None), market.spec, method="bayes", draws=400)
    posterior = fitted.posterior
    assert posterior.sampling is not None
    assert posterior.sampling.converged
    assert posterior.media.adstock == ("weibull_pdf", "geometric", "delayed")
    assert posterior.media.saturation == ("power", "hill", "logistic")
    assert posterior.media.names[-1] == "Newsletter"
    draws = media_contribution(posterior)[0].sum(axis=1)
    low, high = np.quantile(draws, [0.005, 0.995], axis=0)
    truth = market.truth.contribution.sum(axis=0)
    assert ((low <= truth) & (truth <= high)).all()
    assert fitted.roi()["roi"].isna().all()


def test_a_control_keeps_its_sign_and_stands_in_its_column() -> None:
    data = TINY.dataset
    free, right, wrong = (
        fit(data, ModelSpec(control_signs=signs), method="bayes", draws=400)
        for signs in ({}, {"Promotion": "positive"}, {"Promotion": "negative"})
    )
    at = free.posterior.design.names.index("Promotion")
    own, other = right.posterior.linear[:, at], free.posterior.linear[:, at]
    assert abs(own.mean() - other.mean()) < 0.3 * other.std()  # the data know it: the sign adds nothing
    assert own.std() == pytest.approx(other.std(), rel=0.2)
    assert (wrong.posterior.linear[:, at] < 0).all()
    assert wrong.estimate.linear[0, at] < 0
    assert wrong.posterior.sampling is not None
    assert wrong.posterior.sampling.converged
    np.testing.assert_allclose(wrong.contribution().sum(axis=1), data.window_kpi, rtol=1e-10)
    assert wrong.contribution()["Promotion"].min() < 0
    assert wrong.checks().set_index("check").loc["Signs of controls", "status"] == "PASS"
    assert FittedMMM.from_text(wrong.to_text()).spec.control_signs == {"Promotion": "negative"}
    with pytest.raises(SpecError, match="No control is called 'Price'; the data have Promotion"):
        fit(data, ModelSpec(control_signs={"Price": "negative"}), method="bayes")


class StopPressedError(Exception):
    """What a host raises when somebody presses Cancel."""


@pytest.mark.parametrize("share", [0.0, 0.3, 0.9])
def test_a_fit_that_is_cancelled_lets_the_reason_through_and_leaves_nothing(share: float) -> None:
    from threadpoolctl import threadpool_info

    before = [(pool["filepath"], pool["num_threads"]) for pool in threadpool_info()]
    heard = 0

    def stop(done: int, total: int) -> None:
        nonlocal heard
        heard += done >= share * total
        if done >= share * total:
            raise StopPressedError

    with pytest.raises(StopPressedError):
        fit(TINY.dataset, TINY.spec, method="bayes", draws=50, progress=stop)
    assert heard == 1  # nothing goes on behind it
    assert [(pool["filepath"], pool["num_threads"]) for pool in threadpool_info()] == before


@pytest.mark.parametrize("method", ["ols", "ridge", "lasso"])
def test_classical_fits_are_cancelled_alike(method: str) -> None:
    def stop(done: int, total: int) -> None:
        raise StopPressedError

    with pytest.raises(StopPressedError):
        fit(TINY.dataset, TINY.spec, method=method, draws=20, progress=stop)


def test_impossible_choices_are_refused() -> None:
    name = TINY.dataset.channels[0]
    for roi, words in ((-1.0, "zero or more"), ((0.0, 2.0), "above zero")):
        with pytest.raises(SpecError, match=words):
            fit(TINY.dataset, ModelSpec(channels={name: ChannelSpec(roi=roi)}), method="bayes")
    organic = simulate(weeks=60, channels=1, seed=5, organic=1).dataset
    with pytest.raises(SpecError, match="Newsletter has an roi"):
        fit(organic, ModelSpec(channels={"Newsletter": ChannelSpec(roi=1.0)}), method="bayes")
    flat = dataclasses.replace(TINY.dataset, kpi=np.full(len(TINY.dataset.dates), 7.0))
    with pytest.raises(FitError, match="the same in every week"):
        fit(flat, method="bayes")
    worthless = dataclasses.replace(TINY.dataset, revenue_per_kpi=np.zeros(len(TINY.dataset.dates)))
    with pytest.raises(FitError, match="revenue per KPI, of zero throughout"):
        fit(worthless, method="bayes")


def test_chains_start_where_they_can_move() -> None:
    """Twice Laplace's spread reaches ROIs of hundreds, a million nats down; such starts come nearer."""
    market = simulate(weeks=104, channels=4, seed=7005, rho=0.5).dataset
    target = problem_of(market, ModelSpec()).target
    rng = np.random.default_rng(1)
    (mode,) = find_modes(target.log_density, sampling.climb_starts(target, rng))
    far = mode.q + sampling.WIDER * np.random.default_rng(2).normal(size=(64, len(mode.q))) @ mode.factor.T
    lowest = mode.value - sampling.DEEPEST * len(mode.q)
    assert target.log_density(far)[0].min() < 10 * lowest
    for _ in range(32):
        assert (target.log_density(sampling.starting_points(target.log_density, mode, rng))[0] >= lowest).all()
