"""What a plan may do and what it is for: `tblConstraints`, `tblGroups` and the settings of plans.

Conventions: a blank cell limits nothing beyond the settings' defaults. Least and Most of one channel are in one unit;
the end that is left blank keeps its default, a multiple of today. Targets and goals that exclude each other are faults
here, in the planner's words, before any model is asked.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from xl_mmm.rules import shown
from xl_mmm.tables import names
from xl_mmm.tables.faults import FAIL, REVIEW, AddressedFault, listed, nearest
from xl_mmm.tables.model_reader import keyed_rows
from xl_mmm.tables.scenario_reader import LARGEST_MULTIPLE

if TYPE_CHECKING:
    from collections.abc import Mapping

    from xl_mmm.planning import Constraints, Group, Objective
    from xl_mmm.planning.constraints import Bounds
    from xl_mmm.tables.row_reader import RowReader
    from xl_mmm.tables.settings_reader import Value
    from xl_mmm.tables.table_rows import TableRows

    SettingCells = tuple[TableRows, Mapping[str, int]]

MOST_MONEY = 1e15  # stands for no limit


@dataclass(frozen=True, slots=True)
class ChannelLimits:
    """One row of `tblConstraints`; None and False where nothing is asked.

    Attributes
    ----------
    least, most, unit
        Ends of the spend, in `names.PLAN_UNITS`.
    committed, minimum, increment
        Money.
    step
        Share of today.
    frozen
        Whether today's spend stays.
    fee
        Share on top of spend.
    """

    least: float | None
    most: float | None
    unit: str
    committed: float | None
    minimum: float | None
    step: float | None
    increment: float | None
    frozen: bool
    fee: float | None


@dataclass(frozen=True, slots=True)
class PlanTables:
    """The tables of plans, read.

    Attributes
    ----------
    constraints, objective
        What a plan may do, and what it is for; the settings' own where a table or a setting is at fault.
    faults
        In no particular order.
    """

    constraints: Constraints
    objective: Objective
    faults: tuple[AddressedFault, ...]


def read_plan_tables(
    settings: Mapping[str, Value],
    paid: list[str],
    constraints: TableRows | None,
    groups: TableRows | None,
    cells: SettingCells | None,
    *,
    is_money: bool = True,
) -> PlanTables:
    """Read what is asked of a plan.

    Parameters
    ----------
    settings
        Setting -> value, as `read_settings` gives them; defaults stand in for values at fault.
    paid
        Paid channels.
    constraints, groups
        `tblConstraints` and `tblGroups`; None where a table is left out.
    cells
        Where the settings stand: `tblSettings` and setting -> data row; None for defaults without a table.
    is_money
        Whether the KPI has a money value.
    """
    from xl_mmm.planning import Constraints, Objective

    faults: list[AddressedFault] = []
    default = _number(settings, names.SET_LEAST) or 0.0, _number(settings, names.SET_MOST) or 0.0
    rows = {} if constraints is None else _channel_limits(constraints, paid, default, faults)
    together = {} if groups is None else _groups(groups, paid, faults)
    bounds, money = _bounds(rows, default)
    if cells is not None:
        faults += _contradictions(settings, cells, rows, is_money)
    sound = not any(fault.status == FAIL for fault in faults)
    least_roi, least_mroi, least_outcome = (
        _number(settings, name) if sound else None
        for name in (names.SET_LEAST_ROI, names.SET_LEAST_MROI, names.SET_LEAST_OUTCOME)
    )
    step = _number(settings, names.SET_STEP)
    own_steps = {name: row.step for name, row in rows.items() if row.step is not None}
    steps = own_steps if step is None else dict.fromkeys(paid, step) | own_steps
    asked = Constraints(
        budget=_number(settings, names.SET_BUDGET),
        bounds=bounds,
        default_bounds=default,
        total=_word(settings, names.SET_TOTAL),
        money_bounds=money,
        groups=together,
        committed={name: row.committed for name, row in rows.items() if row.committed},
        minimum_if_used={name: row.minimum for name, row in rows.items() if row.minimum},
        largest_step=steps or None,
        increments={name: row.increment for name, row in rows.items() if row.increment} or None,
        frozen=[name for name, row in rows.items() if row.frozen],
        least_roi=least_roi,
        least_mroi=least_mroi,
        least_outcome=least_outcome,
    )
    objective = Objective(
        maximize=_word(settings, names.SET_MAXIMIZE) or names.REVENUE,
        lifetime_value=_number(settings, names.SET_LIFETIME) or 1.0,
        fees={name: row.fee for name, row in rows.items() if row.fee},
        discount_rate=_number(settings, names.SET_DISCOUNT) or 0.0,
        risk=names.RISKS[_word(settings, names.SET_RISK) or "mean"],
        tail=_number(settings, names.SET_TAIL) or 0.1,
    )
    return PlanTables(asked, objective, tuple(faults))


def _channel_limits(
    table: TableRows, paid: list[str], default: Bounds, faults: list[AddressedFault]
) -> dict[str, ChannelLimits]:
    """Return the rows of `tblConstraints` that are sound."""
    found: dict[str, ChannelLimits] = {}
    for name, reader in keyed_rows(table, faults):
        if name not in paid:
            message = f"{name!r} is no paid channel of this workbook.{nearest(name, paid)}"
            reader.note("unknown_channel", names.H_CHANNEL, message, f"Choose one of: {listed(paid)}.")
            continue
        known = len(faults)
        unit = reader.choice(names.H_IN, names.PLAN_UNITS) or names.PLAN_UNITS[0]
        high = MOST_MONEY if unit == names.MONEY else LARGEST_MULTIPLE
        limits = ChannelLimits(
            reader.number(names.H_LEAST, low=0, high=high),
            reader.number(names.H_MOST, low=0, high=high),
            unit,
            reader.number(names.H_COMMITTED, low=0),
            reader.number(names.H_MINIMUM, low=0),
            reader.number(names.H_STEP, low=0, high=LARGEST_MULTIPLE),
            reader.number(names.H_INCREMENT, low=0),
            reader.choice(names.H_FROZEN, (names.YES, names.NO)) == names.YES,
            reader.number(names.H_FEE, low=0, high=1),
        )
        ends = _filled(limits, default) if unit == names.TIMES_TODAY else (limits.least, limits.most)
        if len(faults) == known and (limits.least is limits.most is None or _ordered(reader, *ends)):
            found[name] = limits
    return found


def _groups(table: TableRows, paid: list[str], faults: list[AddressedFault]) -> dict[str, Group]:
    """Return the rows of `tblGroups` that are sound."""
    from xl_mmm.planning import Group

    found: dict[str, Group] = {}
    for name, reader in keyed_rows(table, faults):
        known = len(faults)
        members = _members(reader, paid)
        unit = reader.choice(names.H_IN, names.GROUP_UNITS) or names.GROUP_UNITS[0]
        high = 1.0 if unit == names.SHARE else MOST_MONEY
        least = reader.number(names.H_LEAST, low=0, high=high)
        most = reader.number(names.H_MOST, low=0, high=high)
        if len(faults) > known or not _ordered(reader, least, most):
            continue
        if unit == names.SHARE:
            found[name] = Group(members, least_share=least, most_share=most)
        else:
            found[name] = Group(members, least=least, most=most)
    return found


def _members(reader: RowReader, paid: list[str]) -> tuple[str, ...]:
    """Return a group's channels."""
    needed = "Name its channels, separated by commas."
    text = reader.text(names.H_CHANNELS, needed=needed)
    if text is None:
        return ()
    parts = [text] if text in paid else [part.strip() for part in text.split(";" if ";" in text else ",")]
    members = tuple(dict.fromkeys(part for part in parts if part))
    if not members:
        reader.note("blank", names.H_CHANNELS, f"{shown(text)} names no channel.", needed)
    for part in members:
        if part not in paid:
            message = f"{part!r} is no paid channel of this workbook.{nearest(part, paid)}"
            reader.note("unknown_channel", names.H_CHANNELS, message, f"Separate by commas any of: {listed(paid)}.")
    return members


def _ordered(reader: RowReader, least: float | None, most: float | None) -> bool:
    """Whether two ends of one unit are in order; a fault is noted where not."""
    if least is None or most is None or least <= most:
        return True
    message = f"The least spend ({shown(least)}) is above the most ({shown(most)})."
    reader.note("bounds_reversed", names.H_LEAST, message, "Swap the two, or state both.")
    return False


def _filled(row: ChannelLimits, default: Bounds) -> Bounds:
    """Return bounds in multiples, defaults in place of blanks."""
    return default[0] if row.least is None else row.least, default[1] if row.most is None else row.most


def _bounds(rows: Mapping[str, ChannelLimits], default: Bounds) -> tuple[dict[str, Bounds], dict[str, Bounds]]:
    """Return bounds in multiples and in money; an end left blank keeps its default, a multiple."""
    multiples: dict[str, Bounds] = {}
    money: dict[str, Bounds] = {}
    for name, row in rows.items():
        if row.least is None and row.most is None:
            continue
        if row.unit == names.TIMES_TODAY:
            multiples[name] = _filled(row, default)
            continue
        money[name] = row.least or 0.0, MOST_MONEY if row.most is None else row.most
        if row.least is None:
            multiples[name] = default[0], LARGEST_MULTIPLE
        elif row.most is None:
            multiples[name] = 0.0, default[1]
    return multiples, money


def _contradictions(
    settings: Mapping[str, Value], cells: SettingCells, rows: Mapping[str, ChannelLimits], is_money: bool
) -> list[AddressedFault]:
    """Return goals that exclude each other."""
    faults: list[AddressedFault] = []

    def note(rule: str, name: str, message: str, action: str, status: str = FAIL) -> None:
        table, places = cells
        place = places.get(name)
        faults.append(table.fault(rule, place, names.H_VALUE, message, action, status=status, label=name))

    def given(name: str) -> bool:
        return _number(settings, name) is not None

    profit = _word(settings, names.SET_MAXIMIZE) == names.PROFIT
    risk = _word(settings, names.SET_RISK) or "mean"
    returns = [name for name in (names.SET_LEAST_ROI, names.SET_LEAST_MROI) if given(name)]
    if given(names.SET_LEAST_OUTCOME) and returns:
        message = f"{names.SET_LEAST_OUTCOME} and {returns[0]} are two goals; an outcome is reached at the least cost."
        note("two_goals", names.SET_LEAST_OUTCOME, message, "Leave one of the two cells blank.")
    if profit and given(names.SET_LEAST_MROI):
        message = f"{names.SET_LEAST_MROI} is a goal of its own: {names.PROFIT} spends until it is 1 / margin."
        note("two_goals", names.SET_LEAST_MROI, message, f"Leave it blank, or {names.SET_MAXIMIZE} {names.REVENUE}.")
    if risk != "mean":
        held = [name for name in (names.SET_LEAST_ROI, names.SET_LEAST_OUTCOME) if given(name)]
        held += [names.H_MINIMUM] if any(row.minimum for row in rows.values()) else []
        held += [names.H_INCREMENT] if any(row.increment for row in rows.values()) else []
        if held:
            message = f"A plan for the {risk} of draws takes no {listed(held)}."
            note("risk_and_limits", names.SET_RISK, message, f"Leave them blank, or set {names.SET_RISK} to mean.")
    lifetime, discount = _number(settings, names.SET_LIFETIME), _number(settings, names.SET_DISCOUNT)
    if not is_money and (profit or lifetime not in (None, 1.0) or discount):
        message = "Profit, lifetime value and discounts need a KPI with a money value."
        action = f"Give {names.SET_REVENUE_PER_KPI}, or leave {names.SET_MAXIMIZE} at {names.REVENUE}."
        note("money_terms", names.SET_MAXIMIZE, message, action)
    if _word(settings, names.SET_TOTAL) == names.FREE and given(names.SET_BUDGET):
        message = f"{names.SET_TOTAL} is {names.FREE}, so {names.SET_BUDGET} limits nothing."
        note("idle_budget", names.SET_TOTAL, message, f"Choose {names.AT_MOST}, or clear the budget.", REVIEW)
    return faults


def _number(settings: Mapping[str, Value], name: str) -> float | None:
    """Return a setting's number; its default where it is at fault."""
    value = settings.get(name, names.SETTING[name].default)
    return float(value) if isinstance(value, float | int) else None


def _word(settings: Mapping[str, Value], name: str) -> str | None:
    value = settings.get(name, names.SETTING[name].default)
    return value if isinstance(value, str) else None
