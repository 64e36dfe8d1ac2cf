from __future__ import annotations

import dataclasses
import math

import numpy as np
import pytest

from tests.report.sample import sample_facts
from xl_mmm.report import chart_titles, provenance
from xl_mmm.report import findings as f
from xl_mmm.report.facts import Facts
from xl_mmm.report.text_width import text_width


@pytest.fixture(scope="module")
def results() -> Facts:
    return sample_facts()


def test_amounts_have_three_digits() -> None:
    shown = [
        f.money(value)
        for value in (0.0, 0.00363, 0.125, 7.0, 999.4, 999.6, 1e3, 45_678.0, 999_960.0, 1.35e6, -2.1e6, 3.2e9)
    ]
    assert shown == [
        "0.00",
        "0.0036",
        "0.12",
        "7.00",
        "999",
        "1.00k",
        "1.00k",
        "45.7k",
        "1.00m",
        "1.35m",
        "−2.10m",
        "3.20bn",
    ]
    assert f.money(5e5, sign=True) == "+500k"


def test_names_are_listed_and_cut() -> None:
    assert f.listed(["a"]) == "a"
    assert f.listed(["a", "b"]) == "a and b"
    assert f.listed(["a", "b", "c", "d"]) == "a, b and 2 more"
    assert f.listed([]) == "none"
    assert f.short("a very long name of a channel") == "a very long name of a…"


def test_answers_follow_from_the_numbers(results: Facts) -> None:
    answers = f.answers(results)
    assert answers["next_money"] == (
        "To search: the next unit returns 1.43 (90 %: 0.82 to 2.05); least from out_of_home, 0.57."
    )
    assert answers["saturated"] == "tv, at 74 % of its limit; online_video has most room, at 31 % of its limit."
    assert answers["pays"] == (
        "Yes, at 90 % or more: search; open: tv, social and online_video; no: out_of_home (break-even 1.25×)."
    )
    assert answers["sure"] == (
        "R² 0.94; typical miss 2 %; least sure of search: ROI 1.43 to 2.77; checks: 0 failing, 1 to review."
    )
    assert answers["plan"] == (
        "Moving 1.24m from tv and out_of_home to search and social adds 1.39m revenue (90 %: +418k to +2.92m)."
    )


def test_a_better_channel_takes_over_the_headline(results: Facts) -> None:
    roi = results.roi.copy()
    roi.loc["social", ["roi", "mroi", "mroi_low", "mroi_high", "p_above_breakeven"]] = [9.0, 8.0, 7.0, 9.0, 0.99]
    better = dataclasses.replace(results, roi=roi)
    assert chart_titles.title_roi(better).startswith("social pays most; 2 of 5")
    assert f.next_money(better).startswith("To social: the next unit returns 8.00 (90 %: 7.00 to 9.00)")


def test_a_leader_that_may_not_pay_is_not_said_to_pay(results: Facts) -> None:
    roi = results.roi.copy()
    roi.loc["social", ["roi", "p_above_breakeven"]] = [9.0, 0.7]
    roi.loc["search", "p_above_breakeven"] = 0.95
    title = chart_titles.title_roi(dataclasses.replace(results, roi=roi))
    assert title.startswith("search pays; social looks highest but is open (70 %); ")
    roi["p_above_breakeven"] = 0.5
    title = chart_titles.title_roi(dataclasses.replace(results, roi=roi))
    assert title.startswith("social looks highest but is open (50 %); ")


def test_a_gain_whose_range_holds_zero_is_not_enough_evidence(results: Facts) -> None:
    assert results.summary is not None
    shaky = dataclasses.replace(results, summary=dataclasses.replace(results.summary, gain_low=-1.0))
    assert f.plan(shaky).startswith("Not enough evidence: moving 1.24m from tv")
    assert "would add 1.39m" in f.plan(shaky)
    assert chart_titles.title_shift(shaky) == "Moving 1.24m would add 1.39m revenue"


def test_a_loss_whose_range_holds_zero_is_not_enough_evidence_either(results: Facts) -> None:
    assert results.summary is not None
    lost = dataclasses.replace(results.summary, gain=-2.0, gain_low=-5.0, gain_high=1.0)
    assert "would cost 2.00 revenue" in f.plan(dataclasses.replace(results, summary=lost))
    assert f.plan(dataclasses.replace(results, summary=lost)).startswith("Not enough evidence: moving")
    sure = dataclasses.replace(lost, gain_high=-1.0)
    assert " costs 2.00 revenue" in f.plan(dataclasses.replace(results, summary=sure))


def test_a_plan_sought_for_profit_is_read_by_its_profit(results: Facts) -> None:
    assert results.summary is not None
    s = dataclasses.replace(
        results.summary, by_profit=True, gain=-5e6, gain_low=-7e6, gain_high=-3e6, profit_gain=2e6,
        profit_gain_low=1e6, profit_gain_high=3e6,
    )  # fmt: skip
    cut = results.plan.assign(plan=0.5 * results.plan["today"])
    said = f.plan(dataclasses.replace(results, plan=cut, summary=s))
    assert said.startswith("Cutting ")
    assert said.endswith(" adds 2.00m profit (90 %: +1.00m to +3.00m).")
    assert chart_titles.title_shift(dataclasses.replace(results, summary=s)).endswith("adds 2.00m profit")
    open_ = dataclasses.replace(s, profit_gain_low=-1e6)
    assert f.plan(dataclasses.replace(results, plan=cut, summary=open_)).startswith("Not enough evidence: cutting ")


def test_a_plan_for_a_bad_case_is_not_called_outdated(results: Facts) -> None:
    assert results.summary is not None
    tail = dataclasses.replace(results.summary, kkt_residual=float("nan"))
    assert "Optimize again" not in f.plan(dataclasses.replace(results, summary=tail))


def test_limits_in_conflict_are_named_where_there_is_room(results: Facts) -> None:
    two = "No plan can keep all of these: tv frozen at 500.00; budget 400.00. Change or leave out one of them."
    none = dataclasses.replace(results, summary=None, conflict=two)
    assert f.plan(none) == two
    assert chart_titles.title_shift(none) == "No plan can keep all limits at once"
    assert f.card_words(none)[2] == "no plan"
    name = "television in the north, in the south, in the east and in the west"
    long = dataclasses.replace(none, conflict=two.replace("tv", name))
    assert f.plan(long) == "No plan can keep all limits at once: Optimizer names those in conflict."


def test_a_plan_like_today_is_not_sold_as_a_move(results: Facts) -> None:
    still = dataclasses.replace(results, plan=results.plan.assign(plan=results.plan["today"]))
    assert f.plan(still) == "Keep today's split: no plan within the bounds is better."


def test_without_money_value_cost_per_unit_leads(results: Facts) -> None:
    columns = ["roi", "roi_low", "roi_high", "mroi", "mroi_low", "mroi_high", "p_above_breakeven", "net_roi"]
    bare = results.roi.assign(**dict.fromkeys(columns, np.nan))
    orders = dataclasses.replace(results, roi=bare, value=None, kpi_unit="orders")
    assert f.headline(orders) == "Media brought 11 % of the orders: 15.5m for 9.95m, 0.64 a unit."
    assert f.pays(orders) == "search costs least per incremental unit of orders, 0.49."
    assert chart_titles.title_roi(orders) == "search costs least per incremental unit of orders, 0.49"
    assert f.next_money(orders).startswith("Open: the KPI has no money value")
    assert "CPIK" in f.roi_note(orders)


def test_curves_without_a_limit_leave_saturation_open(results: Facts) -> None:
    open_ended = dataclasses.replace(results, work=results.work.assign(saturation=math.nan))
    assert f.saturated(open_ended) == "Open: none of the chosen curves has a limit."


def test_one_channel_reads_well() -> None:
    one = sample_facts(("only",))
    assert f.next_money(one) == "To only: the next unit returns 0.99 (90 %: 0.57 to 1.42)."
    assert f.saturated(one) == "only: at 74 % of the limit or more."
    assert chart_titles.title_shares(one) == "only: 100 % of spend, 100 % of effect"
    assert f.plan(one) == "Keep today's split: no plan within the bounds is better."


def test_long_names_never_leave_their_row() -> None:
    names = tuple(f"an unusually long channel name {i}" for i in range(8))
    long = sample_facts(names)
    for answer in f.answers(long).values():
        assert text_width(answer, f.ANSWER_SIZE) <= f.ANSWER_ROOM, answer
    assert "from an unusually long cha… and 2 more to an unusually long cha… and 3 more adds" in f.plan(long)
    assert "8 channels" in f.fitted(lambda most: f"{f.listed(names, most)}{' and so on' * 11}")


# ---------------------------------------------------------------- a kept plan is judged anew
def test_before_the_first_plan_nothing_is_said_of_one(results: Facts) -> None:
    none = dataclasses.replace(results, summary=None)
    assert f.plan(none) == "No plan yet: press Optimize, or run xl-mmm run."
    assert chart_titles.title_shift(none) == "No plan yet"
    assert f.card_words(none)[2] == "no plan"


def test_a_plan_that_breaks_a_bound_is_not_recommended(results: Facts) -> None:
    assert results.summary is not None
    broken = dataclasses.replace(results, summary=dataclasses.replace(results.summary, feasible=False))
    assert f.plan(broken) == "The kept plan does not keep every limit (Optimizer says which): optimize again."
    assert f.card_words(broken)[2] == "outside the bounds"
    assert chart_titles.title_shift(broken) == "The kept plan does not keep every limit"


def test_a_plan_that_is_no_longer_the_best_says_so(results: Facts) -> None:
    assert results.summary is not None
    old = dataclasses.replace(results, summary=dataclasses.replace(results.summary, kkt_residual=2e-4))
    assert f.plan(old).startswith("Optimize again. Moving 1.24m from tv")
    assert chart_titles.title_shift(old) == "No longer the best: moving 1.24m adds 1.39m revenue"
    still = dataclasses.replace(old, plan=old.plan.assign(plan=old.plan["today"]))
    assert f.plan(still) == "The kept plan is today's split, and no longer the best: optimize again."
    assert chart_titles.title_shift(still) == "No longer the best: today's split"


def test_a_larger_budget_is_no_plan_like_today(results: Facts) -> None:
    assert results.summary is not None
    today = results.plan["today"]
    more = today + np.array([-1.0, 2e6, 0.0, 0.0, 0.0])
    larger = dataclasses.replace(
        results, plan=results.plan.assign(plan=more), summary=dataclasses.replace(results.summary, budget=more.sum())
    )
    assert f.plan(larger).startswith("Giving 2.00m to search adds 1.39m")


# ---------------------------------------------------------------- one draw
def test_without_ranges_nothing_is_called_sure(results: Facts) -> None:
    """One draw is on one side of break-even for certain: that is no evidence."""
    chance = (results.roi["roi"] > 1 / results.margin).astype(float)
    roi = results.roi.assign(p_above_breakeven=chance, roi_low=results.roi["roi"], roi_high=results.roi["roi"])
    one = dataclasses.replace(results, ranged=False, roi=roi, range_label="hand-set, no range")
    assert f.next_money(one) == "To search: the next unit returns 1.43 (no range); least from out_of_home, 0.57."
    assert f.pays(one) == (
        "Above break-even: tv, search and social; below: online_video and out_of_home "
        "(break-even 1.25×; no range, so nothing is sure)."
    )
    assert "no ranges: nothing tells how sure the returns are" in f.sure(one)
    assert f.plan(one).startswith("Not enough evidence: moving 1.24m")
    assert f.plan(one).endswith("would add 1.39m revenue (no range).")
    assert f.card_words(one)[2:] == ["no range", "hand-set, no range"]
    assert provenance.state(one)[1] == "ols, seed 1; hand-set, no range; model 3f2a9c77aa10"
    assert f.roi_note(one).endswith("Ranges: hand-set, no range.")
    assert chart_titles.title_roi(one) == "search returns most, range unknown; 2 of 5 below break-even (dashed)"
    assert chart_titles.title_scenarios(one) == "Ten percent more: +773k revenue against today, range unknown"
    for answer in f.answers(one).values():
        assert text_width(answer, f.ANSWER_SIZE) <= f.ANSWER_ROOM, answer


# ---------------------------------------------------------------- where it all comes from
def test_stamp_and_state_name_data_model_and_what_must_be_known_of_it(results: Facts) -> None:
    assert provenance.stamp(results) == "model 3f2a9c · data ab12cd to 2026-11-09 · xl_mmm 0.1"
    flagged = dataclasses.replace(results, flags=("STALE: data changed", "BY HAND: tv decay 0.5"))
    assert provenance.stamp(flagged).endswith(" · STALE: data changed · BY HAND: tv decay 0.5")
    data, model = provenance.state(flagged)
    assert data == "156 periods, 2023-11-20 to 2026-11-09; 5 paid channels; data ab12cd34ef56"
    assert model.startswith("ols, seed 1; 90 % bootstrap range; model 3f2a9c77aa10; STALE: data changed")


def test_checks_are_counted_and_not_claimed_when_there_are_none(results: Facts) -> None:
    assert f.sure(dataclasses.replace(results, statuses=["PASS", "FAIL", "FAIL"])).endswith("2 failing, 0 to review.")
    assert f.sure(dataclasses.replace(results, statuses=["PASS"])).endswith("; all checks pass.")
    assert "check" not in f.sure(dataclasses.replace(results, statuses=[]))


def test_the_share_beside_what_paid_media_brought_leaves_organic_media_out(results: Facts) -> None:
    own = results.contribution.copy()
    paid = own[list(results.roi.index)].to_numpy().sum() / own.to_numpy().sum()
    own["baseline"] -= 50_000.0
    own["newsletter"] = 50_000.0
    work = results.work.reindex([*results.media, "newsletter"])
    organic = dataclasses.replace(results, contribution=own, work=work)
    assert f.paid_share(organic) == pytest.approx(paid)
    assert f.headline(organic).startswith(f"Paid media brought {f.percent(paid)} of the revenue: ")
    assert f.card_words(organic)[0] == f"{f.percent(paid)} of the revenue"
    assert f.headline(results).startswith("Media brought ")


def with_next_units(r: Facts, now: float, low: float, high: float) -> Facts:
    """Give every channel the same next unit but the last, which returns a tenth less."""
    roi = r.roi.copy()
    roi["mroi"], roi["mroi_low"], roi["mroi_high"] = now, low, high
    roi.loc[roi.index[-1], ["mroi", "mroi_low", "mroi_high"]] = [0.9 * now, 0.9 * low, 0.9 * high]
    return dataclasses.replace(r, roi=roi)


def test_underfunded_is_who_pays_at_the_low_end_too(results: Facts) -> None:
    even = 1 / results.margin
    assert f.underfunded(results).startswith("None for sure: search's next unit returns 1.43 (90 %: 0.82 to 2.05)")
    sure = f.underfunded(with_next_units(results, 3.0, 1.2 * even, 5.0))
    assert sure.startswith("tv, search and 3 more: tv's next unit returns 3.00")
    only = results.roi.copy()
    only.loc["social", ["mroi", "mroi_low", "mroi_high"]] = [2.0, 1.3, 2.5]
    assert f.underfunded(dataclasses.replace(results, roi=only)) == (
        "social: its next unit returns 2.00 (90 %: 1.30 to 2.50), break-even 1.25."
    )
    assert f.underfunded(dataclasses.replace(results, ranged=False)).startswith("By the estimate alone: search's next")


def test_what_to_cut_first_follows_the_range_of_its_last_unit(results: Facts) -> None:
    assert f.cut_first(results) == "out_of_home: its last unit returns 0.57 (90 %: 0.33 to 0.82), break-even 1.25."
    open_ = with_next_units(results, 1.0, 0.2, 4.0)
    unsure = "out_of_home, but not for sure: its last unit returns 0.90 (90 %: 0.18 to 3.60)"
    assert f.cut_first(open_).startswith(unsure)
    fine = with_next_units(results, 4.0, 2.0, 6.0)
    assert f.cut_first(fine).startswith("None by the estimate: out_of_home returns least, its last unit returns 3.60")


@pytest.mark.parametrize("seed", range(40))
def test_answers_about_the_next_unit_agree_with_each_other(results: Facts, seed: int) -> None:
    rng = np.random.default_rng(seed)
    roi = results.roi.copy()
    now = rng.uniform(0.1, 4.0, len(roi))
    roi["mroi"], roi["mroi_low"], roi["mroi_high"] = now, now * rng.uniform(0.1, 1, len(roi)), now * rng.uniform(1, 3)
    said = f.answers(dataclasses.replace(results, roi=roi))
    even = 1 / results.margin
    assert said["next_money"].startswith(f"To {roi['mroi'].idxmax()}: ")
    assert said["cut_first"].startswith("None") == (roi["mroi"].min() >= even)
    high = roi.loc[roi["mroi"].idxmin(), "mroi_high"]
    assert ("not for sure" in said["cut_first"]) == (roi["mroi"].min() < even <= high)
    assert said["underfunded"].startswith("None for sure") == (roi["mroi_low"].max() <= even)
    for name in roi.index[roi["mroi_low"] <= even]:
        assert name not in said["underfunded"].partition(":")[0]


def test_without_a_money_value_the_next_unit_is_open(results: Facts) -> None:
    orders = dataclasses.replace(results, roi=results.roi.assign(mroi=np.nan, mroi_low=np.nan, mroi_high=np.nan))
    assert f.underfunded(orders) == f.cut_first(orders) == f.NO_MONEY_VALUE


def test_halves_of_percents_go_the_way_of_cells() -> None:
    shares = [k / 1000 for k in range(1, 1000)]
    assert [f.percent(share) for share in shares] == [f"{(k * 10 + 50) // 100} %" for k in range(1, 1000)]
    assert f.percent(-0.985, sign=True) == "−99 %"
    assert f.percent(0.0, sign=True) == "+0 %"
    assert (f.chance(0.995), f.chance(0.985), f.chance(0.005)) == ("over 99 %", "99 %", "under 1 %")
