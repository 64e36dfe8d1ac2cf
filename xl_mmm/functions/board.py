"""MMM_BOARD: the figures, the bridge and the words of the Board, from the kept plan under the model of the moment."""

from __future__ import annotations

from typing import TYPE_CHECKING

from xl_mmm.errors import CellError, MmmError
from xl_mmm.functions.asking import MODEL, ROWS
from xl_mmm.functions.cells import BLANK, Cells, table
from xl_mmm.functions.models import model_of
from xl_mmm.functions.plan_tables import judged, planned_over, spend_of, wanted
from xl_mmm.functions.record import Argument, Function
from xl_mmm.report.board import LINES, WORDS

if TYPE_CHECKING:
    from xl_mmm.functions.horizon import Planned
    from xl_mmm.functions.plan_tables import Wanted
    from xl_mmm.planning import Plan
    from xl_mmm.posterior import Posterior
    from xl_mmm.report.board import BoardFacts

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
}  # fmt: skip
WORDS_SAID: tuple[str, ...] = (*WORDS, *(f"rests{i}" for i in range(LINES)))
MOST_CHANNELS = 7  # channels drawn by name; the others together
TODAY_PART, PLAN_PART, OTHERS = "Today", "Plan", "Other channels"


def n_steps(channels: int) -> int:
    """Rows of the bridge: today, the channels, the plan."""
    return 2 + min(channels, MOST_CHANNELS + 1)


def _board(
    model: Cells,
    part: str | None,
    constraints: Cells | None,
    settings: Cells | None,
    spend: Cells | None,
    groups: Cells | None,
    rows: float | None,
) -> Cells:
    chosen = part or FIGURES_PART
    if chosen not in PARTS:
        raise CellError(f"part is {part!r}; give one of {', '.join(PARTS)}.")
    own = model_of(model).posterior
    planned = planned_over(own, settings)
    posterior = planned.posterior
    if chosen == WORDS_PART:
        from xl_mmm.report.board import at_fault, rests, words

        try:
            asked, money = wanted(posterior, constraints, settings, groups), spend_of(spend, posterior)
            plan = judged(posterior, asked, money)
        except MmmError as error:
            return table(WORD_HEADERS, _topics(at_fault(error.sentences[0])), rows)
        facts = _facts(own, planned, asked, plan, is_planned=money is not None)
        lines = {f"rests{i}": line for i, line in enumerate(rests(facts))}
        return table(WORD_HEADERS, _topics(words(facts) | lines), rows)
    asked, money = wanted(posterior, constraints, settings, groups), spend_of(spend, posterior)
    plan = judged(posterior, asked, money)
    if chosen == FIGURES_PART:
        return table(FIGURE_HEADERS, _figures(plan, is_planned=money is not None), rows)
    return table(STEP_HEADERS, _steps(posterior, asked, plan), rows)


def _topics(said: dict[str, str]) -> list[tuple[str, str]]:
    """Put the sentences in their rows."""
    return [(TOPICS.get(key, "What it rests on"), said.get(key, BLANK)) for key in WORDS_SAID]


def _figures(plan: Plan, *, is_planned: bool) -> list[tuple[object, ...]]:
    """Return the rows of `FIGURES`; without a plan only today's are known."""
    spend_today = float(plan.spend_today.sum())
    known: dict[str, tuple[object, object, object]] = {
        "today": (plan.outcome_today, None, None), "spend_today": (spend_today, None, None),
    }  # fmt: skip
    if is_planned:
        known |= {
            "outcome": (plan.outcome, plan.outcome_low, plan.outcome_high),
            "gain": (plan.gain, plan.gain_low, plan.gain_high),
            "p_better": (plan.p_better, None, None),
            "spend": (float(plan.spend.sum()), None, None),
            "profit": (plan.profit - plan.profit_today, None, None),
        }
    return [(line, *known.get(key, (None, None, None))) for key, line in FIGURES.items()]


def _steps(posterior: Posterior, asked: Wanted, plan: Plan) -> list[list[object]]:
    """Return today, each channel's change and the plan: the channels with most money by name, the others together."""
    from xl_mmm.planning.steps import steps

    found = steps(posterior, asked.constraints, plan, level=asked.level)
    found["today"], found["plan"] = plan.spend_today, plan.spend
    order = found[["today", "plan"]].max(axis=1).sort_values(ascending=False, kind="stable").index
    drawn = found.loc[order[: n_steps(len(found)) - 2 - int(len(found) > MOST_CHANNELS + 1)]]
    body: list[list[object]] = [[TODAY_PART, plan.outcome_today, None, None, None, None]]
    body += drawn.reset_index().to_numpy().tolist()
    if len(drawn) < len(found):
        rest = found.loc[order[len(drawn) :]].sum()
        body.append([OTHERS, rest["value"], None, None, rest["today"], rest["plan"]])
    return [*body, [PLAN_PART, plan.outcome, plan.outcome_low, plan.outcome_high, None, None]]


def _facts(own: Posterior, planned: Planned, asked: Wanted, plan: Plan, *, is_planned: bool) -> BoardFacts:
    """Gather what the Board speaks of: `own` is the model of the data, `planned` what the plan is over."""
    from xl_mmm.measures import summary
    from xl_mmm.planning import conflict
    from xl_mmm.planning.judge import still_best
    from xl_mmm.planning.steps import steps
    from xl_mmm.report.board import BoardFacts

    dataset, posterior = own.dataset, planned.posterior
    window = posterior.dataset.window_dates[: planned.horizon.periods].astype("datetime64[D]")
    statistics, money = summary(own), dataset.revenue_per_kpi is not None
    by_channel = plan.table()[["today", "plan"]]
    by_channel["step"] = steps(posterior, asked.constraints, plan, level=asked.level)["value"]
    seen = dataset.window_dates.astype("datetime64[D]")
    return BoardFacts(
        plan=by_channel,
        outcome=plan.outcome, outcome_low=plan.outcome_low, outcome_high=plan.outcome_high,
        gain=plan.gain, gain_low=plan.gain_low, gain_high=plan.gain_high, p_better=plan.p_better,
        profit_gain=plan.profit - plan.profit_today,
        planned=is_planned, feasible=plan.certificate.feasible, optimal=still_best(plan),
        conflict=conflict(posterior, asked.constraints), cautions=plan.cautions, binding=plan.certificate.binding,
        first=str(window[0]), last=str(window[-1]), ahead=planned.ahead,
        margin=own.spec.margin, level=asked.level, ranged=own.n_draws > 1, range_label=own.range_label,
        is_money=money, outcome_word="revenue" if money else asked.kpi_unit,
        model_line=f"{own.method}, seed {own.seed}", periods=dataset.n_weeks,
        data_first=str(seen[0]), data_last=str(seen[-1]),
        r_squared=float(statistics["r_squared"]), miss=float(statistics["wmape"]),
        by_profit=plan.by_profit, profit_gain_low=plan.profit_gain_low, profit_gain_high=plan.profit_gain_high,
        p_profit=plan.p_profit,
    )  # fmt: skip


BOARD = Function(
    "MMM_BOARD",
    "Plans",
    "Feeds the Board: the kept plan's figures, its bridge from today by channel, and its words.",
    (
        MODEL,
        Argument("part", "text", "figures (the default), steps (the bridge) or words.", optional=True),
        Argument("constraints", "table", "tblConstraints[#All]: limits by channel.", optional=True),
        Argument("settings", "table", "tblSettings[#All]: budget, targets, what plans are over, level.", optional=True),
        Argument("spend", "column", "The kept plan: money by paid channel; blank: no plan yet.", optional=True),
        Argument("groups", "table", "tblGroups[#All]: limits of several channels together.", optional=True),
        ROWS,
    ),
    '=MMM_BOARD(Model!$D$8:$D$71,"figures",tblConstraints[#All],tblSettings[#All],Optimizer!$M$8:$M$12,tblGroups[#All])',
    "figures: line, value, low, high. steps: part, value, low, high, spend today and planned. words: topic, sentence.",
    _board,
)

BOARDS: tuple[Function, ...] = (BOARD,)
