"""Plan against plan: what lies between two scenarios, and how much of a channel's spend reaches a goal."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from xl_mmm.errors import CellError, PlanError
from xl_mmm.functions.asking import MODEL, RANGE, ROWS, level_of, number_in, text_in
from xl_mmm.functions.cells import Cells, table
from xl_mmm.functions.models import model_of
from xl_mmm.functions.plan_tables import basics, planned_over, scenarios_of
from xl_mmm.functions.record import Argument, Function
from xl_mmm.tables import names

if TYPE_CHECKING:
    from xl_mmm.functions.horizon import Planned
    from xl_mmm.planning import Bridge, Goal, Scenario

WORDS, REASONS, CHANNELS = PARTS = ("words", "reasons", "channels")
WORD_HEADERS = ("Sentence",)
REASON_HEADERS = ("Part", "Value", "Low", "High")
CHANNEL_HEADERS = (
    "Part", "Spend change", "Difference", "Low", "High", "Spend", "Efficiency", "Media cost", "Carryover timing",
)  # fmt: skip
LINES, GOAL_HEADERS = "lines", ("Line", "Value", "Meaning")
GOAL_LINES = {  # line -> its meaning
    "Reached": "whether any multiple reaches it",
    "Multiple": "of the plan's spend; the nearest one where none reaches the goal",
    "Spend": "money of the scaled channels",
    "Change": "that money less the plan's",
    "Value": "what the measure is there, mean over draws",
    "Low": "low end of its range",
    "High": "high end of its range",
    "Chance": "share of draws at or above the target",
}
REASON_WORDS = {
    "spend": "Spend", "efficiency": "Efficiency", "media_cost": "Media cost", "timing": "Carryover timing",
    "market": "Market",
}  # fmt: skip
MEASURE_NAMES = {"outcome": "outcome", "profit": "profit", "ROI": "roi"}  # as typed -> of `planning.goal`
KEPT = 4  # bridges and goals that several cells share


def _compare(
    model: Cells,
    scenarios: Cells | None,
    start: Cells | None,
    end: Cells | None,
    part: str | None,
    level: float | None,
    settings: Cells | None,
    rows: float | None,
) -> Cells:
    chosen = part or REASONS
    if chosen not in PARTS:
        raise CellError(f"part is {part!r}; give one of {', '.join(PARTS)}.")
    planned, width = planned_over(model_of(model).posterior, settings), level_of(level)
    plans = scenarios_of(planned.posterior, scenarios)
    own = [plan.name for plan in plans if plan.name != names.TODAY]
    pair = text_in(start, "start") or names.TODAY, text_in(end, "end") or (own[0] if own else names.TODAY)
    found = bridged(planned, plans, pair, width)
    if chosen == WORDS:
        return table(WORD_HEADERS, [(said,) for said in _words(planned, found, settings)], rows)
    shown = found.by_reason() if chosen == REASONS else found.by_channel()
    body = shown.rename(index=REASON_WORDS).reset_index().to_numpy().tolist()
    return table(REASON_HEADERS if chosen == REASONS else CHANNEL_HEADERS, body, rows)


def _words(planned: Planned, found: Bridge, settings: Cells | None) -> list[str]:
    """Return the sentences about a bridge."""
    from xl_mmm.report.plan_words import bridge_sentences, difference_of

    posterior, base = planned.posterior, basics(settings)
    money = posterior.dataset.revenue_per_kpi is not None
    return bridge_sentences(
        difference_of(found, posterior.spec.margin if money else float("nan")),
        outcome="revenue" if money else base.kpi_unit, level=found.level, ranged=posterior.n_draws > 1,
    )  # fmt: skip


def _goal(
    model: Cells,
    target: Cells | None,
    measure: Cells | None,
    channel: Cells | None,
    scenarios: Cells | None,
    plan: Cells | None,
    part: str | None,
    level: float | None,
    settings: Cells | None,
    rows: float | None,
) -> Cells:
    from xl_mmm.report.plan_words import NO_TARGET, goal_sentences

    chosen = part or LINES
    if chosen not in (LINES, WORDS):
        raise CellError(f"part is {part!r}; give one of {LINES}, {WORDS}.")
    sought = text_in(measure, "measure") or next(iter(MEASURE_NAMES))
    if sought not in MEASURE_NAMES:
        raise CellError(f"measure is {sought!r}; give one of {', '.join(MEASURE_NAMES)}.")
    wanted = number_in(target, "target")
    planned, width = planned_over(model_of(model).posterior, settings), level_of(level)
    said, figures = [NO_TARGET, ""], list[object]([None] * len(GOAL_LINES))
    if wanted is not None:
        posterior, start = planned.posterior, text_in(plan, "plan") or names.TODAY
        name = text_in(channel, "channel")
        one = None if name == names.ALL_CHANNELS else name
        plans = scenarios_of(posterior, scenarios)
        goal = _sought(planned, plans, start, wanted, MEASURE_NAMES[sought], one, width)
        outcome = basics(settings).kpi_unit if posterior.dataset.revenue_per_kpi is None else "revenue"
        said = goal_sentences(goal, plan=start, outcome=outcome, ranged=posterior.n_draws > 1)
        figures = [
            names.YES if goal.reached else names.NO, goal.multiple, goal.spend, goal.change, goal.value, goal.low,
            goal.high, goal.p_reached,
        ]  # fmt: skip
    if chosen == WORDS:
        return table(WORD_HEADERS, [(sentence,) for sentence in said], rows)
    body = [(line, value, GOAL_LINES[line]) for line, value in zip(GOAL_LINES, figures, strict=True)]
    return table(GOAL_HEADERS, body, rows)


@lru_cache(maxsize=KEPT)
def bridged(planned: Planned, plans: tuple[Scenario, ...], pair: tuple[str, str], level: float) -> Bridge:
    """Take the difference between two scenarios apart; each pair is worked out once.

    Raises
    ------
    PlanError
        A name that no scenario has.
    """
    from xl_mmm.planning import bridge

    return bridge(planned.posterior, plans, *pair, level=level, horizon=planned.horizon)


@lru_cache(maxsize=KEPT)
def _sought(
    planned: Planned,
    plans: tuple[Scenario, ...],
    start: str,
    target: float,
    measure: str,
    channel: str | None,
    level: float,
) -> Goal:
    from xl_mmm.planning import goal_seek
    from xl_mmm.planning.scenario_table import with_today

    known = with_today(planned.posterior, plans, planned.horizon)
    if start not in known:
        raise PlanError(f"No scenario is called {start!r}; there are {', '.join(known)}.", [start])
    return goal_seek(
        planned.posterior, target, measure=measure, channel=channel, plan=known[start], level=level,
    )  # fmt: skip


SCENARIOS = Argument("scenarios", "table", "tblScenarios[#All]: spend by channel, and what is assumed.", optional=True)
SETTINGS = Argument(
    "settings", "table", "tblSettings[#All]: what plans are over, and the fiscal calendar.", optional=True
)
COMPARE = Function(
    "MMM_COMPARE",
    "Plans",
    "Takes the difference between two scenarios apart: spend, efficiency, media cost, carryover timing, market.",
    (
        MODEL,
        SCENARIOS,
        Argument("start", "column", "Scenario A; Today when blank.", optional=True),
        Argument("end", "column", "Scenario B; the first one of the table besides Today when blank.", optional=True),
        Argument("part", "text", "words (sentences), reasons (the default) or channels.", optional=True),
        RANGE,
        SETTINGS,
        ROWS,
    ),
    '=MMM_COMPARE(Model!$D$8:$D$71,tblScenarios[#All],"Today","TV: 20 % less","reasons",0.9,tblSettings[#All])',
    "reasons: A, each reason, B, with ranges. channels: each channel and driver, split by reason. words: sentences.",
    _compare,
)
GOAL = Function(
    "MMM_GOAL",
    "Plans",
    "Seeks how many times its spend a channel, or all of them, must spend for a plan to reach a goal.",
    (
        MODEL,
        Argument("target", "column", "What the measure is to be; nothing is sought when blank.", optional=True),
        Argument("measure", "column", "outcome (the default), profit or ROI, of the whole plan.", optional=True),
        Argument("channel", "column", "The channel to scale; all channels when blank.", optional=True),
        SCENARIOS,
        Argument("plan", "column", "Scenario to start from; Today when blank.", optional=True),
        Argument("part", "text", "lines (the default) or words (the answer in sentences).", optional=True),
        RANGE,
        SETTINGS,
        ROWS,
    ),
    '=MMM_GOAL(Model!$D$8:$D$71,1500000,"profit","TV",tblScenarios[#All],"Today","lines",0.9,tblSettings[#All])',
    "lines: line, value, meaning: whether it is reached, multiple, spend, value with range, chance. words: sentences.",
    _goal,
)

PLAN_BRIDGES: tuple[Function, ...] = (COMPARE, GOAL)
