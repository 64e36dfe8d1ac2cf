"""Sentences about the time ahead: what the plan spends and brings, what the KPI is expected to be, when money flows.

Every word follows from a comparison that a reader can redo in the cells of the sheet Plan.
"""

from __future__ import annotations

from dataclasses import dataclass

from xl_mmm.report.findings import money, percent
from xl_mmm.tables import names as n

LIKE = 0.005  # share below which two amounts are called the same


@dataclass(frozen=True, slots=True)
class YearFacts:
    """The time ahead in figures; money over the plan, KPI in its own unit.

    Attributes
    ----------
    name
        The scenario that it follows.
    first, last
        ISO dates of the first day of its first period and of its last day.
    spend, cash
        Money spent, and paid within the plan.
    outcome, low, high
        What its money earns, in the plan and after it, with range.
    after, carry_in
        The part of it that comes after the end; what earlier spend still brings.
    kpi, kpi_low, kpi_high
        Expected KPI with the range of what will be observed.
    kpi_before
        KPI of as many periods before the plan; NaN where fewer are known.
    most, most_spend, least, least_spend
        Names of the fiscal periods that spend most and least, and their money.
    unit, kpi_unit
        Words behind outcomes and behind the KPI.
    ranged
        Whether there are draws to tell a range.
    """

    name: str
    first: str
    last: str
    spend: float
    cash: float
    outcome: float
    low: float
    high: float
    after: float
    carry_in: float
    kpi: float
    kpi_low: float
    kpi_high: float
    kpi_before: float
    most: str
    most_spend: float
    least: str
    least_spend: float
    unit: str
    kpi_unit: str
    ranged: bool


def as_called(name: str) -> str:
    """Name a plan: today's is the last year once more."""
    return "The last year once more" if name == n.TODAY else name


def headline(year: YearFacts) -> str:
    """Say what the plan costs and brings."""
    within = f" ({money(year.low)} to {money(year.high)})" if year.ranged else ""
    later = f"; {money(year.after)} of it comes after the end" if year.after > LIKE * year.outcome else ""
    brings = f"{money(year.spend)} spent brings {money(year.outcome)} {year.unit}{within}{later}"
    when = f"{as_called(year.name)}, {year.first} to {year.last}"
    earlier = f"still brings {money(year.carry_in)}" if year.carry_in else "brings nothing more"
    return f"{when}: {brings}. Earlier spend {earlier}."


def outlook(year: YearFacts) -> str:
    """Say what the KPI is expected to be, beside the periods before."""
    within = f" ({money(year.kpi_low)} to {money(year.kpi_high)})" if year.ranged else ""
    said = f"{year.kpi_unit[:1].upper()}{year.kpi_unit[1:]} of {money(year.kpi)} expected{within}"
    if not year.kpi_before > 0:
        return said + "."
    change = year.kpi / year.kpi_before - 1
    if abs(change) < LIKE or percent(abs(change)) == percent(0):
        return f"{said}, as in as many periods before."
    open_ = year.ranged and year.kpi_low <= year.kpi_before <= year.kpi_high
    more = f"{percent(abs(change))} {'more' if change > 0 else 'less'} than in as many periods before"
    return f"{said}, {more}{'; the range holds as much as before' if open_ else ''}."


def flow(year: YearFacts) -> str:
    """Say when money is spent, and what is left to pay."""
    if year.most_spend <= (1 + LIKE) * year.least_spend or money(year.most_spend) == money(year.least_spend):
        said = f"Every period spends about {money(year.most_spend)}"
    else:
        least = f"least in {year.least} ({money(year.least_spend)})"
        said = f"Most is spent in {year.most} ({money(year.most_spend)}), {least}"
    apart = year.cash - year.spend
    if abs(apart) <= LIKE * max(year.spend, year.cash):
        return said + "."
    more = "more" if apart > 0 else "less"
    return f"{said}; {money(abs(apart))} {more} is paid than spent before the end."
