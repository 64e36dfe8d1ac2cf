"""MMM_FINDINGS: every sentence of the book, one a row, at fixed places that cells and chart titles refer to.

Each sentence follows from a comparison that a reader can redo in the cells. A table at fault costs the sentences that
speak of it, which then say what is wrong; the others stay. Without a model the sentences say that nothing is estimated.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from xl_mmm.errors import MmmError
from xl_mmm.functions.asking import MODEL, ROWS
from xl_mmm.functions.cells import BLANK, Cells, table
from xl_mmm.functions.models import is_blank, model_of, text_of
from xl_mmm.functions.plan_tables import basics, judged, planned_over, scenario_table, spend_of, wanted
from xl_mmm.functions.record import Argument, Function
from xl_mmm.report.chart_titles import TITLES, TOPICS, topic
from xl_mmm.rules import CellErrorValue
from xl_mmm.tables import names

if TYPE_CHECKING:
    from xl_mmm.posterior import Posterior
    from xl_mmm.report.facts import Facts

FINDING_HEADERS = ("Topic", "Sentence")
TITLE = "Title: "
SENTENCES_OF: dict[str, str] = {  # key -> topic, in the order of the rows
    "headline": "Headline",
    "card1": "Under the KPI that media brought",
    "card2": "Under the return",
    "card3": "Under the gain of the plan",
    "card4": "Under the range",
    "saturated": "What is saturated",
    "underfunded": "What is underfunded",
    "cut_first": "What to cut first",
    "next_money": "Where does the next money go",
    "sure": "How sure is this",
    "pays": "What pays for itself",
    "plan": "What would a better plan bring",
    "data": "State of the data",
    "model": "State of the model",
    "stamp": "Stamp",
    "roi_note": "Note under the returns",
    "plan_headline": "Headline of the plan",
    **{key: f"{TITLE}{TOPICS[key]}" for key in TITLES},
}
ROW_OF: dict[str, int] = {key: i for i, key in enumerate(SENTENCES_OF)}  # place of a sentence, from 0
OF_PLAN = ("plan", "plan_headline", "shift")


def _findings(
    model: Cells,
    scenarios: Cells | None,
    constraints: Cells | None,
    settings: Cells | None,
    spend: Cells | None,
    statuses: Cells | None,
    groups: Cells | None,
    rows: float | None,
) -> Cells:
    if is_blank(model):
        return table(FINDING_HEADERS, _rows(_nothing_yet(), money=True), rows)
    posterior = model_of(model).posterior
    facts, faults = _gathered(
        posterior, text_of(model), scenarios, constraints, settings, spend, _words(statuses), groups
    )
    return table(FINDING_HEADERS, _rows(_said(facts) | faults, money=facts.is_money), rows)


def _gathered(
    posterior: Posterior,
    text: str,
    scenarios: Cells | None,
    constraints: Cells | None,
    settings: Cells | None,
    spend: Cells | None,
    statuses: list[str],
    groups: Cells | None,
) -> tuple[Facts, dict[str, str]]:
    """Return the facts, and the sentences of tables at fault in place of those that would speak of them."""
    from xl_mmm import __version__
    from xl_mmm.planning import conflict
    from xl_mmm.report.facts import gather

    base, faults = basics(settings), dict[str, str]()
    planned = planned_over(posterior, settings)
    try:
        asked, money = wanted(planned.posterior, constraints, settings, groups), spend_of(spend, posterior)
        plan = judged(planned.posterior, asked, money)
    except MmmError as error:
        asked, money, plan = base, None, judged(planned.posterior, base, None)
        faults = dict.fromkeys(OF_PLAN, _first(error))
    try:
        compared = scenario_table(planned, scenarios, base.level)
    except MmmError as error:
        compared = scenario_table(planned, None, base.level)
        faults["scenarios"] = _first(error)
    facts = gather(
        posterior,
        scenarios=compared,
        plan=plan,
        planned=money is not None,
        conflict=conflict(planned.posterior, asked.constraints),
        statuses=statuses,
        level=base.level,
        kpi_unit=base.kpi_unit,
        text=text,
        version=__version__,
    )
    return facts, faults


def _said(facts: Facts) -> dict[str, str]:
    """Return every sentence by its key."""
    from xl_mmm.report import chart_titles, findings, provenance

    own = chart_titles.titles(facts, min(len(facts.channels), chart_titles.CURVES))
    said = {
        "headline": findings.headline(facts),
        **{f"card{i}": words for i, words in enumerate(findings.card_words(facts), start=1)},
        **findings.answers(facts),
        **dict(zip(("data", "model"), provenance.state(facts), strict=True)),
        "stamp": provenance.stamp(facts),
        "roi_note": findings.roi_note(facts),
    }
    return {**said, "plan_headline": facts.conflict or said["plan"], **own}


def _nothing_yet() -> dict[str, str]:
    """Return the sentences of a book without a model."""
    from xl_mmm.report.findings import AFTER_RUN, ANSWERS, NOT_RUN, NOTHING_YET

    said = dict.fromkeys(SENTENCES_OF, BLANK)
    said |= dict.fromkeys((*ANSWERS, "data"), AFTER_RUN)
    return said | dict.fromkeys(("model", "plan_headline", *TITLES), NOT_RUN) | {"headline": NOTHING_YET}


def _rows(said: dict[str, str], *, money: bool) -> Iterable[tuple[str, str]]:
    """Put the sentences in their rows."""
    for key, what in SENTENCES_OF.items():
        yield f"{TITLE}{topic(key, money=money)}" if key in TOPICS else what, said[key]


def _words(statuses: Cells | None) -> list[str]:
    """Return the words of the checks; a check that gives an error value has failed."""
    cells = [value for row in statuses or [] for value in row]
    return [names.FAIL if isinstance(value, CellErrorValue) else str(value) for value in cells if value is not None]


def _first(error: MmmError) -> str:
    """Return the first sentence of a table's fault."""
    return error.sentences[0]


FINDINGS = Function(
    "MMM_FINDINGS",
    "Results",
    "Says in words what the model found: headline, answers, notes and the title of every chart, at fixed rows.",
    (
        MODEL,
        Argument("scenarios", "table", "tblScenarios[#All]: multiples of today's spend by channel.", optional=True),
        Argument("constraints", "table", "tblConstraints[#All]: least and most by channel.", optional=True),
        Argument("settings", "table", "tblSettings[#All]: KPI unit, budget, default bounds, level.", optional=True),
        Argument("spend", "column", "The kept plan: money by paid channel; blank: no plan yet.", optional=True),
        Argument("statuses", "column", "Status words of the checks.", optional=True),
        Argument("groups", "table", "tblGroups[#All]: limits of several channels together.", optional=True),
        ROWS,
    ),
    "=MMM_FINDINGS(Model!$D$8:$D$71,tblScenarios[#All],tblConstraints[#All],tblSettings[#All],Optimizer!$M$8:$M$12,Checks!$C$12:$C$125,tblGroups[#All])",
    "Topic and sentence, always the same topics in the same rows.",
    _findings,
)

SENTENCES: tuple[Function, ...] = (FINDINGS,)
