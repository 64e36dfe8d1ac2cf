"""Regions fitted by themselves, side by side as one posterior, and planned together."""

from __future__ import annotations

import dataclasses

import numpy as np
import pandas as pd
import pytest

from tests.planning.problems import reference
from xl_mmm import Constraints, Dataset, Group, LiftTest, Objective, fit, fit_regions, optimize, optimize_regions
from xl_mmm.errors import DatasetError, FitError, PlanError, SpecError
from xl_mmm.measures import ahead, bridge, contribution, repeated, roi
from xl_mmm.measures.draws import earned
from xl_mmm.planning import PlanLine, Scenario, moves, optimize_weeks, scenarios
from xl_mmm.planning.regions import constraints_of_cells
from xl_mmm.posterior_regions import side_by_side
from xl_mmm.regions import FittedRegions, region_seed
from xl_mmm.resolution import for_a_region, typical_week
from xl_mmm.simulation import SimulatedRegions, simulate_regions
from xl_mmm.spec import ChannelSpec, ModelSpec

SIZES = {"North": 1.0, "South": 0.6, "West": 0.25}
CALM = {"weeks": 104, "channels": 3, "noise": 0.015, "confounding": 0.2, "trend_break": False, "controls": 1}


@pytest.fixture(scope="module")
def market() -> SimulatedRegions:
    return simulate_regions(SIZES, seed=2, **CALM)


@pytest.fixture(scope="module")
def models(market: SimulatedRegions) -> FittedRegions:
    return fit_regions(market.dataset, market.spec, draws=40)


def panel(market: SimulatedRegions, frame: pd.DataFrame, **options: object) -> Dataset:
    roles = market.dataset.roles
    options = {"window": (str(market.dataset.window_dates[0]), None)} | options
    return Dataset.from_frame(
        frame, date="date", kpi="revenue", spend=roles.spend, controls=roles.controls, geo="region", **options
    )  # type: ignore[arg-type]


# ---------------------------------------------------------------- one region


def test_a_region_is_the_table_of_its_own_rows(market: SimulatedRegions) -> None:
    for region, alone in market.markets.items():
        data = market.dataset.region(region)
        assert data.sha == alone.dataset.sha
        assert data.geo is None
        assert data.n_history == alone.dataset.n_history
        np.testing.assert_array_equal(data.control_reference, alone.dataset.control_reference)


def test_references_that_were_given_hold_in_every_region(market: SimulatedRegions) -> None:
    data = panel(market, market.frame, references={"Promotion": 1.0})
    assert data.region("South").control_reference.tolist() == [1.0]


def test_unknown_regions_are_refused(market: SimulatedRegions) -> None:
    with pytest.raises(SpecError, match="No region is called 'Nord'; the data have North, South, West"):
        market.dataset.region("Nord")
    with pytest.raises(SpecError, match="The data have no regions"):
        market.dataset.region("North").region("North")


def test_a_region_is_checked_alone_and_named(market: SimulatedRegions) -> None:
    frame = market.frame.copy()
    frame.loc[frame["region"] == "West", "TV"] = 0.0
    south = frame["region"] == "South"
    frame.loc[south & (frame["date"] < "2021-03-01"), "Search"] *= 1000
    data = panel(market, frame)
    assert [fault.sentence for fault in data.region("West").faults] == [
        "Data column 'TV', West: The channel is zero in every row of the window. "
        "Leave the channel out; nothing can be learned about it."
    ]
    jump = data.region("South").faults[0]
    assert (jump.rule, jump.geo, jump.date) == ("scale_jump", "South", str(frame.loc[south, "date"].min().date()))
    assert "Data column 'Search', South, 2020-07-06: " in jump.sentence
    copied = frame.copy()
    copied.loc[south, "Search"] = copied.loc[south, "revenue"]
    with pytest.raises(DatasetError, match="Data column 'Search', South: The column repeats the KPI"):
        panel(market, copied).region("South")


# ---------------------------------------------------------------- fits by region


def test_each_region_is_its_own_fit(market: SimulatedRegions, models: FittedRegions) -> None:
    assert list(models) == ["North", "South", "West"]
    data = market.dataset.region("South")
    alone = fit(data, for_a_region(market.dataset, data, market.spec), draws=40)
    np.testing.assert_array_equal(models["South"].posterior.media.coefficient, alone.posterior.media.coefficient)


def test_amounts_a_week_shrink_to_the_region_and_nothing_else_does(market: SimulatedRegions) -> None:
    whole, region = market.dataset, market.dataset.region("West")
    said = ChannelSpec(
        roi=(0.5, 3.0), half_life=(1.0, 4.0), half_effect_spend=(20_000.0, 80_000.0), slope=(0.8, 2.0), max_lag=8
    )
    spec = for_a_region(whole, region, ModelSpec(channels={"TV": said}))
    size = typical_week(region)[0] / typical_week(whole)[0]
    assert 0.02 < size < 0.5
    own = spec.channel("TV")
    assert own.half_saturation == pytest.approx((20_000 * size, 80_000 * size))
    assert own.typical_week == pytest.approx(typical_week(region)[0])
    assert own.decay == pytest.approx((0.5, 0.5**0.25))
    assert (own.roi, own.slope, own.max_lag) == ((0.5, 3.0), (0.8, 2.0), 8)


def test_what_never_ran_in_a_region_has_no_column_there(market: SimulatedRegions) -> None:
    frame = market.frame.copy()
    frame.loc[frame["region"] == "West", ["TV", "Promotion"]] = 0.0
    found = fit_regions(panel(market, frame), market.spec, draws=4)
    assert found["West"].dataset.channels == ("Search", "Social")
    assert found["West"].dataset.controls == ()
    assert found.joint.of_channel("TV") == ("TV | North", "TV | South")
    assert optimize_regions(found.joint).plan.certificate.feasible
    assert contribution(found.joint.posterior).sum(axis=1).to_numpy() == pytest.approx(market.dataset.window_kpi)


def test_errors_name_the_region(market: SimulatedRegions) -> None:
    frame = market.frame.copy()
    west = frame["region"] == "West"
    frame.loc[west, "Social"] = frame.loc[west, "Search"]
    with pytest.raises(FitError, match=r"West: .*moves with"):
        fit_regions(panel(market, frame), market.spec, draws=1)
    silent = market.frame.copy()
    silent.loc[west, ["TV", "Search", "Social"]] = 0.0
    with pytest.raises(SpecError, match="West: None of TV, Search, Social ran in the window"):
        fit_regions(panel(market, silent), market.spec, draws=1)
    with pytest.raises(SpecError, match="fewer than two regions"):
        fit_regions(market.dataset.region("West"))
    with pytest.raises(SpecError, match="Choices by region need one for each of North, South, West and no other"):
        fit_regions(market.dataset, {"North": ModelSpec()})


def test_national_experiments_are_refused_and_regional_ones_are_taken(market: SimulatedRegions) -> None:
    day = str(market.dataset.window_dates[20])
    test = LiftTest("TV", day, day, 1000.0, 100.0, 50.0, in_data=False)
    with pytest.raises(SpecError, match=f"The lift test of TV from {day} was measured on the whole market"):
        fit_regions(market.dataset, dataclasses.replace(market.spec, lift_tests=(test,)), method="bayes")
    own = dict.fromkeys(SIZES, market.spec)
    own["West"] = dataclasses.replace(market.spec, lift_tests=(test,))
    found = fit_regions(market.dataset, own, draws=1)
    assert found["West"].spec.lift_tests == (test,)
    assert found["North"].spec.lift_tests == ()


def test_progress_runs_over_all_regions_and_what_it_raises_comes_out(market: SimulatedRegions) -> None:
    seen: list[tuple[int, int]] = []
    fit_regions(market.dataset, market.spec, draws=20, progress=lambda done, of: seen.append((done, of)))
    share = [done / of for done, of in seen]
    assert share == sorted(share)
    assert len(set(share)) > 3
    assert 0 <= share[0] < 0.34
    assert 0.67 < share[-1] <= 1

    def stop(done: int, of: int) -> None:
        if done / of > 0.5:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fit_regions(market.dataset, market.spec, draws=20, progress=stop)


def test_seeds_of_regions_do_not_depend_on_each_other() -> None:
    assert region_seed(3, "North", "ols") == 3
    assert len({region_seed(seed, region, "bayes") for seed in (1, 2) for region in SIZES}) == 6
    assert region_seed(1, "North", "bayes") == region_seed(1, "North", "bayes")


# ---------------------------------------------------------------- the whole


def test_the_whole_is_the_sum_of_its_regions(market: SimulatedRegions, models: FittedRegions) -> None:
    joint = models.joint
    parts = contribution(joint.posterior)
    np.testing.assert_array_equal(joint.posterior.dataset.kpi, market.dataset.kpi)
    np.testing.assert_allclose(parts.sum(axis=1), market.dataset.window_kpi)
    alone = {region: contribution(model.posterior) for region, model in models.items()}
    np.testing.assert_allclose(parts["baseline"], sum(own["baseline"] for own in alone.values()), rtol=1e-6)
    np.testing.assert_allclose(parts["carry_in"], sum(own["carry_in"] for own in alone.values()))
    for region, own in alone.items():
        for name in ("TV", "Search", "Social", "Promotion"):
            np.testing.assert_allclose(parts[f"{name} | {region}"], own[name], atol=1e-6, err_msg=f"{name} {region}")
    steps = bridge(joint.posterior)
    assert steps["value"].sum() == pytest.approx(market.dataset.window_kpi.sum())


def test_returns_of_the_whole_are_the_regions_own(models: FittedRegions) -> None:
    whole = roi(models.joint.posterior)
    for region, model in models.items():
        own = roi(model.posterior)
        for column in ("spend", "roi", "roi_low", "roi_high", "mroi", "contribution"):
            found = whole.loc[[f"{name} | {region}" for name in own.index], column].to_numpy()
            np.testing.assert_allclose(found, own[column].to_numpy(), err_msg=column)


def test_sampled_regions_keep_what_was_believed_and_learned() -> None:
    market = simulate_regions({"North": 1.0, "South": 0.4}, seed=2, **CALM)
    spec = dataclasses.replace(market.spec, channels={"Social": ChannelSpec(share=(0.01, 0.05))})
    models = fit_regions(market.dataset, spec, method="bayes", draws=100)
    joint = models.joint.posterior
    whole, parts = roi(joint), {region: roi(model.posterior) for region, model in models.items()}
    for region, own in parts.items():
        names = [f"{name} | {region}" for name in own.index]
        np.testing.assert_allclose(whole.loc[names, "data_share"], own["data_share"])
        np.testing.assert_allclose(whole.loc[names, "roi"], own["roi"])
    sizes = {region: model.dataset.window_kpi.sum() for region, model in models.items()}
    ends = joint.spec.channel("Social | South").share
    assert ends == pytest.approx(tuple(end * sizes["South"] / sum(sizes.values()) for end in (0.01, 0.05)))
    sampled = [model.posterior.sampling for model in models.values()]
    assert joint.sampling is not None
    assert joint.sampling.r_hat == max(one.r_hat for one in sampled if one is not None)
    assert abs(np.corrcoef(*(model.posterior.media.coefficient[:, 0] for model in models.values()))[0, 1]) < 0.35


def test_noise_of_the_whole_counts_how_residuals_move_together(models: FittedRegions) -> None:
    one = models["North"].posterior
    same = side_by_side({"A": one, "B": one}).posterior
    np.testing.assert_allclose(same.sigma, 2 * one.sigma, rtol=1e-6)
    np.testing.assert_allclose(same.rho, one.rho, atol=1e-6)
    apart = models.joint.posterior.sigma
    squares = np.sqrt(sum(model.posterior.sigma**2 for model in models.values()))
    assert (np.abs(apart / squares - 1) < 0.3).all()


def test_what_cannot_be_put_together_is_refused(market: SimulatedRegions, models: FittedRegions) -> None:
    north, south = models["North"].posterior, models["South"].posterior
    with pytest.raises(SpecError, match="from two on"):
        side_by_side({"North": north})
    with pytest.raises(SpecError, match="differ in their number of draws"):
        side_by_side({"North": north, "South": south.take(slice(0, 3))})
    with pytest.raises(SpecError, match="differ in their method"):
        side_by_side({"North": north, "South": dataclasses.replace(south, method="ridge")})
    dear = dataclasses.replace(south.dataset, revenue_per_kpi=np.full(len(south.dataset.dates), 2.0))
    with pytest.raises(SpecError, match=r"make revenue .* the KPI column"):
        side_by_side({"North": north, "South": dataclasses.replace(south, dataset=dear)})


def test_time_ahead_scenarios_weeks_and_evidence_speak_of_regions(models: FittedRegions) -> None:
    posterior = models.joint.posterior
    coming = ahead(posterior, repeated(posterior.dataset, 13))
    alone = [ahead(own, repeated(own.dataset, 13)) for own in (model.posterior for model in models.values())]
    expected = sum(one.dataset.window_kpi for one in alone)
    np.testing.assert_allclose(coming.dataset.window_kpi, expected, rtol=1e-6)
    plan = optimize(coming)
    assert plan.certificate.feasible
    assert set(moves(coming, plan).index) <= set(posterior.dataset.channels)
    table = scenarios(posterior, [Scenario("less TV in the North", (PlanLine((("TV | North", 0.8),)),))])
    assert table.loc["less TV in the North", "spend"] < posterior.dataset.spend[posterior.dataset.window].sum()
    weekly = optimize_weeks(coming.take(slice(0, 4)))
    assert weekly.spend.to_numpy().sum() == pytest.approx(coming.dataset.spend[coming.dataset.window].sum())
    assert list(weekly.spend.columns) == list(posterior.dataset.channels)


# ---------------------------------------------------------------- plans


def test_sums_tie(market: SimulatedRegions, models: FittedRegions) -> None:
    found = optimize_regions(models.joint)
    table, total = found.table(), found.total().loc["total"]
    spent = market.dataset.spend[market.dataset.window].sum()
    assert total["today"] == pytest.approx(spent)
    assert total["plan"] == pytest.approx(spent)
    assert total["gain"] == pytest.approx(found.plan.gain)
    assert total["outcome"] == pytest.approx(found.plan.outcome)
    added = ["today", "plan", "outcome_today", "outcome", "gain"]
    for totals, name in ((found.by_region(), "region"), (found.by_channel(), "channel")):
        np.testing.assert_allclose(table.groupby(name)[added].sum(), totals[added].sort_index())
        np.testing.assert_allclose(totals[added].sum(), total[added])
        assert (totals["gain_low"] <= totals["gain"]).all()
    for region, model in models.items():
        own = roi(model.posterior)
        np.testing.assert_allclose(table.loc[region, "roi"], own["roi"])
        np.testing.assert_allclose(table.loc[region, "mroi_today"], own["mroi"])


def test_bound_and_optimum_against_scipy() -> None:
    market = simulate_regions({"North": 1.0, "South": 0.4}, seed=5, **{**CALM, "channels": 2})
    joint = fit_regions(market.dataset, market.spec, draws=8).joint
    today = market.dataset.region("North").spend[market.dataset.window].sum()
    wanted, limits = Constraints(default_bounds=(0.2, 3.0)), {"North": (0.0, 0.9 * today)}
    found = optimize_regions(joint, wanted, regions=limits)
    best = reference(joint.posterior, constraints_of_cells(joint, wanted, limits), 12)
    proof = found.plan.certificate
    assert found.plan.outcome >= best * (1 - 1e-9)
    assert proof.upper_bound is not None
    assert found.plan.outcome <= proof.upper_bound * (1 + 1e-12)
    assert proof.gap is not None
    assert proof.gap < 1e-3
    assert found.by_region().loc["North", "plan"] <= 0.9 * today * (1 + 1e-9)


def test_limits_of_channels_hold_for_their_totals(models: FittedRegions) -> None:
    free = optimize_regions(models.joint).by_channel()
    tv = free.loc["TV", "today"]
    wanted = Constraints(
        bounds={"TV": (1.02, 1.04)}, committed={"Social": 0.8 * free.loc["Social", "today"]}, frozen=["Search"],
        largest_step={"Social": 0.4},
    )  # fmt: skip
    found = optimize_regions(models.joint, wanted)
    by_channel, table = found.by_channel(), found.table()
    assert 1.02 * tv * (1 - 1e-9) <= by_channel.loc["TV", "plan"] <= 1.04 * tv * (1 + 1e-9)
    assert by_channel.loc["Social", "plan"] >= 0.8 * by_channel.loc["Social", "today"] * (1 - 1e-9)
    shift = (table["plan"] / table["today"] - 1).unstack()
    np.testing.assert_allclose(shift["Search"], 0.0, atol=1e-12)
    assert (shift["Social"].abs() <= 0.4 + 1e-9).all()
    assert np.ptp(shift["TV"]) > 0.01  # the total is held, its regions move
    exact = optimize_regions(models.joint, Constraints(money_bounds={"TV": (tv, tv)}))
    assert exact.by_channel().loc["TV", "plan"] == pytest.approx(tv)


def test_a_cell_may_have_limits_of_its_own_and_groups_take_both_names(models: FittedRegions) -> None:
    joint = models.joint
    wanted = Constraints(
        bounds={"TV | West": (1.0, 1.0)}, groups={"broadcast": Group(("TV", "Social | West"), most_share=0.5)}
    )
    of_cells = constraints_of_cells(joint, wanted, {"South": (1.0, 2.0)})
    assert of_cells.groups["broadcast"].channels == (*joint.of_channel("TV"), "Social | West")
    assert of_cells.groups["all of South"] == Group(joint.in_region("South"), 1.0, 2.0)
    found = optimize_regions(joint, wanted, objective=Objective("profit", margin=0.6, fees={"TV": 0.1}))
    table = found.table()
    assert table.loc[("West", "TV"), "plan"] == pytest.approx(table.loc[("West", "TV"), "today"])
    broadcast = table.xs("TV", level="channel")["plan"].sum() + table.loc[("West", "Social"), "plan"]
    assert broadcast <= 0.5 * table["plan"].sum() * (1 + 1e-9)


def test_contradictions_are_named(models: FittedRegions) -> None:
    joint = models.joint
    today = optimize_regions(joint).by_region()["today"]
    far = {"West": (3 * today["West"], 4 * today["West"])}
    with pytest.raises(PlanError) as refused:
        optimize_regions(joint, regions=far)
    assert f"all of West at least {3 * today['West']:,.2f}" in refused.value.conflicts
    assert all("West" in name for name in refused.value.conflicts)
    halves = {region: (0.0, 0.5 * float(money)) for region, money in today.items()}
    with pytest.raises(PlanError) as refused:
        optimize_regions(joint, Constraints(bounds={"TV": (1.4, 1.5)}, total="free"), regions=halves)
    named = "; ".join(refused.value.conflicts)
    assert "TV in all regions at least" in named
    assert "all of North at most" in named
    with pytest.raises(PlanError, match="No region is called 'Nord'"):
        optimize_regions(joint, regions={"Nord": (0.0, 1.0)})
    with pytest.raises(PlanError, match="No channel is called 'Radio'"):
        joint.of_channel("Radio")
    with pytest.raises(PlanError, match="are given for 'Radio'"):
        optimize_regions(joint, Constraints(frozen=["Radio"]))
    with pytest.raises(PlanError, match=r"TV: a minimum if used is of one region's buying.*'TV | North'"):
        optimize_regions(joint, Constraints(minimum_if_used={"TV": 10.0}))
    with pytest.raises(PlanError, match="TV: no region has a response to a channel that never ran"):
        optimize_regions(joint, Constraints(flighting={"TV": [1.0] * 104}))


def test_by_region_beats_the_national_plan_in_every_region_at_the_true_response() -> None:
    """The rival moves each channel by the national plan's factor in every region; both plans see the same rows."""
    gained = []
    for seed in range(6):
        market = simulate_regions(SIZES, seed=seed, **CALM)
        joint = fit_regions(market.dataset, market.spec, draws=1).joint
        own = optimize_regions(joint).plan.multiples.to_numpy()
        national = optimize(fit(market.dataset, market.spec, draws=1)).multiples
        today = market.outcome({})
        gained.append((
            market.outcome(dict(zip(joint.cells, own, strict=True))) / today - 1,
            market.outcome({cell: national[cell[1]] for cell in joint.cells}) / today - 1,
        ))  # fmt: skip
    by_region, scaled = np.array(gained).T
    assert by_region.mean() > scaled.mean() + 0.01
    assert (by_region > scaled).sum() >= 5


def test_weeks_that_move_all_regions_alike_widen_the_range_of_their_total() -> None:
    """Regions that buy alike: as uncertain together as alone where they share their noise, surer where they do not."""
    market = simulate_regions({"North": 1.0}, seed=2, **{**CALM, "noise": 1e-4})
    alone = market.frame.drop(columns="region")
    rng, ratio, together = np.random.default_rng(0), {}, {}
    for shared in (True, False):
        size = alone["revenue"].mean() * 0.02
        common = rng.normal(0, size, len(alone))
        noise = {region: common if shared else rng.normal(0, size, len(alone)) for region in SIZES}
        frame = pd.concat([alone.assign(region=r, revenue=alone["revenue"] + noise[r]) for r in SIZES])
        models = fit_regions(panel(market, frame), market.spec, draws=60)
        spread = [earned(model.posterior).revenue.sum(axis=1).std() for model in models.values()]
        together[shared] = models.joint.together
        ratio[shared] = earned(models.joint.posterior).revenue.sum(axis=1).std() / np.linalg.norm(spread)
    assert ratio[True] == pytest.approx(np.sqrt(3), rel=0.1)
    assert ratio[False] == pytest.approx(1.0, rel=0.2)
    assert together[True] > 0.99
    assert abs(together[False]) < 0.2
