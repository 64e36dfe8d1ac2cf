"""MMM_BOARD: the figures, the bridge and the words of the Board, of a plan under the model of the moment.

The plan is the kept one, or the scenario that the setting `Board shows` names. What a scenario assumes of market and
drivers is part of its outcome and of today's beside it, so gain, chance and bridge are those of its money alone.
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import TYPE_CHECKING

from xl_mmm.errors import CellError, MmmError
from xl_mmm.functions.asking import MODEL, ROWS
from xl_mmm.functions.cells import BLANK, Cells, table
from xl_mmm.functions.models import model_of
from xl_mmm.functions.plan_bridges import bridged
from xl_mmm.functions.plan_tables import basics, judged, planned_over, scenarios_of, settings_of, spend_of, wanted
from xl_mmm.functions.record import Argument, Function
from xl_mmm.report.board import LINES, WORDS
from xl_mmm.tables import names

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy as np
    import pandas as pd
    from numpy.typing import NDArray

    from xl_mmm.functions.horizon import Planned
    from xl_mmm.functions.plan_tables import Wanted
    from xl_mmm.posterior import Posterior
    from xl_mmm.report.board import BoardFacts

    Array = NDArray[np.float64]

FIGURES_PART, STEPS_PART, WORDS_PART = PARTS = ("figures", "steps", "words")
FIGURE_HEADERS = ("Line", "Value", "Low", "High")
STEP_HEADERS = ("Part", "Value", "Low", "High", "Spend today", "Spend, plan")
WORD_HEADERS = ("Topic", "Sentence")
FIGURES: dict[str, str] = {  # key -> line, in the order of the rows
    "today": "Outcome today", "outcome": "Outcome of the plan", "gain": "Gain", "p_better": "Chance it brings more",
    "spend_today": "Spend today", "spend": "Spend of the plan", "profit": "Change in profit",
}  # fmt: skip
TOPICS: dict[str, str] = {
    "scope": "What is compared", "headline": "Headline", "sure": "How sure", "outcome": "Under the outcome",
    "gain": "Under the gain", "spend": "Under the spend", "profit": "Under the profit", "steps": "Title: the bridge",
    "moved": "Title: spend",
}  # fmt: skip
WORDS_SAID: tuple[str, ...] = (*WORDS, *(f"rests{i}" for i in range(LINES)))
MOST_CHANNELS = 7  # channels drawn by name; the others together
TODAY_PART, PLAN_PART, OTHERS = "Today", "Plan", "Other channels"


def n_steps(channels: int) -> int:
    """Rows of the bridge: today, the channels, the plan."""
    return 2 + min(channels, MOST_CHANNELS + 1)


@dataclass(frozen=True, slots=True, eq=False)
class _Shown:
    """What the Board shows, in figures.

    Attributes
    ----------
    today
        Outcome of today's spend, what the scenario assumes included.
    outcome, gain
        Mean and ends of the range; None where nothing is planned.
    p_better, profit
        Chance that it brings more than today, and the change in profit.
    steps
        Index channel: `value low high` of what its change brings, money `today` and `plan`.
    """

    today: float
    outcome: tuple[float, float, float] | None
    gain: tuple[float, float, float] | None
    p_better: float
    profit: float
    steps: pd.DataFrame


def _board(
    model: Cells,
    part: str | None,
    constraints: Cells | None,
    settings: Cells | None,
    spend: Cells | None,
    groups: Cells | None,
    scenarios: Cells | None,
    rows: float | None,
) -> Cells:
    chosen = part or FIGURES_PART
    if chosen not in PARTS:
        raise CellError(f"part is {part!r}; give one of {', '.join(PARTS)}.")
    own = model_of(model).posterior
    planned = planned_over(own, settings)
    name = _named(settings)

    def found() -> tuple[_Shown, Callable[[], BoardFacts]]:
        return _scenario(own, planned, settings, scenarios, name) if name else _kept(
            own, planned, wanted(planned.posterior, constraints, settings, groups), spend_of(spend, planned.posterior)
        )

    if chosen == WORDS_PART:
        from xl_mmm.report.board import at_fault, rests, words

        try:
            facts = found()[1]()
        except MmmError as error:
            return table(WORD_HEADERS, _topics(at_fault(error.sentences[0])), rows)
        lines = {f"rests{i}": line for i, line in enumerate(rests(facts))}
        return table(WORD_HEADERS, _topics(words(facts) | lines), rows)
    shown, _ = found()
    if chosen == FIGURES_PART:
        return table(FIGURE_HEADERS, _figures(shown), rows)
    return table(STEP_HEADERS, _steps(shown), rows)


def _named(settings: Cells | None) -> str:
    """Return the scenario that is to be shown; blank for the optimized plan."""
    said = settings_of(settings, (names.SET_BOARD,))[0][names.SET_BOARD] or names.OPTIMIZED_PLAN
    return "" if said == names.OPTIMIZED_PLAN else str(said)


def _topics(said: dict[str, str]) -> list[tuple[str, str]]:
    """Put the sentences in their rows."""
    return [(TOPICS.get(key, "What it rests on"), said.get(key, BLANK)) for key in WORDS_SAID]


def _figures(shown: _Shown) -> list[tuple[object, ...]]:
    """Return the rows of `FIGURES`; without a plan only today's are known."""
    money = shown.steps[["today", "plan"]].sum()
    known: dict[str, tuple[object, object, object]] = {
        "today": (shown.today, None, None), "spend_today": (float(money["today"]), None, None),
    }  # fmt: skip
    if shown.outcome is not None and shown.gain is not None:
        known |= {
            "outcome": shown.outcome, "gain": shown.gain, "p_better": (shown.p_better, None, None),
            "spend": (float(money["plan"]), None, None), "profit": (shown.profit, None, None),
        }
    return [(line, *known.get(key, (None, None, None))) for key, line in FIGURES.items()]


def _steps(shown: _Shown) -> list[list[object]]:
    """Return today, each channel's change and the plan: the channels with most money by name, the others together."""
    found = shown.steps
    order = found[["today", "plan"]].max(axis=1).sort_values(ascending=False, kind="stable").index
    drawn = found.loc[order[: n_steps(len(found)) - 2 - int(len(found) > MOST_CHANNELS + 1)]]
    body: list[list[object]] = [[TODAY_PART, shown.today, None, None, None, None]]
    body += drawn.reset_index().to_numpy().tolist()
    if len(drawn) < len(found):
        rest = found.loc[order[len(drawn) :]].sum()
        body.append([OTHERS, rest["value"], None, None, rest["today"], rest["plan"]])
    return [*body, [PLAN_PART, *(shown.outcome or (shown.today, None, None)), None, None]]


def _kept(
    own: Posterior, planned: Planned, asked: Wanted, money: tuple[float, ...] | None
) -> tuple[_Shown, Callable[[], BoardFacts]]:
    """Return the kept plan: today's spend where none is."""
    from xl_mmm.planning import conflict
    from xl_mmm.planning.judge import still_best
    from xl_mmm.planning.steps import steps

    posterior = planned.posterior
    plan = judged(posterior, asked, money)
    by_channel = steps(posterior, asked.constraints, plan, level=asked.level)
    by_channel["today"], by_channel["plan"] = plan.spend_today, plan.spend
    outcome = plan.outcome, plan.outcome_low, plan.outcome_high
    gain, none = (plan.gain, plan.gain_low, plan.gain_high), money is None
    shown = _Shown(
        plan.outcome_today, None if none else outcome, None if none else gain, plan.p_better,
        plan.profit - plan.profit_today, by_channel,
    )  # fmt: skip

    def facts() -> BoardFacts:
        return dataclasses.replace(
            _facts(own, planned, shown, asked, (outcome, gain)),
            planned=not none, feasible=plan.certificate.feasible, optimal=still_best(plan),
            conflict=conflict(posterior, asked.constraints), cautions=plan.cautions, binding=plan.certificate.binding,
            by_profit=plan.by_profit, profit_gain_low=plan.profit_gain_low, profit_gain_high=plan.profit_gain_high,
            p_profit=plan.p_profit,
        )  # fmt: skip

    return shown, facts


def _scenario(
    own: Posterior, planned: Planned, settings: Cells | None, scenarios: Cells | None, name: str
) -> tuple[_Shown, Callable[[], BoardFacts]]:
    """Return a scenario as typed, against today's spend under the same market and drivers."""
    import pandas as pd

    from xl_mmm.measures.draws import interval
    from xl_mmm.planning.bridge import MEDIA_COST, REASONS
    from xl_mmm.planning.caution import weekly_cautions
    from xl_mmm.planning.scenario_table import with_today

    posterior, asked = planned.posterior, basics(settings)
    dataset = posterior.dataset
    plans = scenarios_of(posterior, scenarios)
    found = bridged(planned, plans, (names.TODAY, name), asked.level)

    def ranged(draws: Array) -> tuple[float, float, float]:
        low, high = interval(draws, asked.level)
        return float(draws.mean()), float(low), float(high)

    assumed, by_channel = found.baseline.sum(axis=1), found.media.sum(axis=0)
    gained, margin = by_channel.sum(axis=1), own.spec.margin if dataset.revenue_per_kpi is not None else float("nan")
    low, high = interval(by_channel, asked.level)
    steps = pd.DataFrame(
        {
            "value": by_channel.mean(axis=0), "low": low, "high": high, "today": found.money[0],
            "plan": found.money[1],
        },
        index=pd.Index(found.channels, name="channel"),
    )  # fmt: skip
    gain, extra = ranged(gained), float((found.money[1] - found.money[0]).sum())
    outcome = ranged(found.outcomes[:, 1])
    chance = float((gained > 0).mean()) if gained.any() else float("nan")
    shown = _Shown(outcome[0] - gain[0], outcome, gain, chance, margin * gain[0] - extra, steps)

    def facts() -> BoardFacts:
        weekly = with_today(posterior, plans, planned.horizon)[name]
        spend = weekly.multiples * dataset.spend[dataset.window]
        return dataclasses.replace(
            _facts(own, planned, shown, asked, (outcome, gain)),
            name=name, assumed=float(assumed.mean()),
            media_cost=float(found.media[REASONS.index(MEDIA_COST)].sum(axis=1).mean()),
            cautions=weekly_cautions(dataset, spend[: planned.horizon.periods], found.money[0]),
        )  # fmt: skip

    return shown, facts


def _facts(
    own: Posterior,
    planned: Planned,
    shown: _Shown,
    asked: Wanted,
    ranges: tuple[tuple[float, float, float], tuple[float, float, float]],
) -> BoardFacts:
    """Gather what the Board speaks of: `own` is the model of the data, `planned` what the plan is over."""
    from xl_mmm.measures import summary
    from xl_mmm.report.board import BoardFacts

    dataset, (outcome, gain) = own.dataset, ranges
    window = planned.posterior.dataset.window_dates[: planned.horizon.periods].astype("datetime64[D]")
    statistics, money = summary(own), dataset.revenue_per_kpi is not None
    seen = dataset.window_dates.astype("datetime64[D]")
    return BoardFacts(
        plan=shown.steps[["today", "plan"]].assign(step=shown.steps["value"]),
        outcome=outcome[0], outcome_low=outcome[1], outcome_high=outcome[2],
        gain=gain[0], gain_low=gain[1], gain_high=gain[2], p_better=shown.p_better, profit_gain=shown.profit,
        planned=True, feasible=True, optimal=True, conflict="", cautions=(), binding=(),
        first=str(window[0]), last=str(window[-1]), ahead=planned.ahead,
        margin=own.spec.margin, level=asked.level, ranged=own.n_draws > 1, range_label=own.range_label,
        is_money=money, outcome_word="revenue" if money else asked.kpi_unit,
        model_line=f"{own.method}, seed {own.seed}", periods=dataset.n_weeks,
        data_first=str(seen[0]), data_last=str(seen[-1]),
        r_squared=float(statistics["r_squared"]), miss=float(statistics["wmape"]),
    )  # fmt: skip


BOARD = Function(
    "MMM_BOARD",
    "Plans",
    "Feeds the Board: the figures of the plan it shows, its bridge from today by channel, and its words.",
    (
        MODEL,
        Argument("part", "text", "figures (the default), steps (the bridge) or words.", optional=True),
        Argument("constraints", "table", "tblConstraints[#All]: limits by channel.", optional=True),
        Argument("settings", "table", "tblSettings[#All]: budget, targets, what plans are over, level.", optional=True),
        Argument("spend", "column", "The kept plan: money by paid channel; blank: no plan yet.", optional=True),
        Argument("groups", "table", "tblGroups[#All]: limits of several channels together.", optional=True),
        Argument("scenarios", "table", "tblScenarios[#All]: where the plan that is to be shown stands.", optional=True),
        ROWS,
    ),
    '=MMM_BOARD(Model!$D$8:$D$71,"figures",tblConstraints[#All],tblSettings[#All],Optimizer!$M$8:$M$12,tblGroups[#All],tblScenarios[#All])',
    "figures: line, value, low, high. steps: part, value, low, high, spend today and planned. words: topic, sentence.",
    _board,
)

BOARDS: tuple[Function, ...] = (BOARD,)
