"""`tblLiftTests`: each row a test, or a fault; and whether the data can hold it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from xl_mmm.rules import is_blank, shown
from xl_mmm.spec import LiftTest
from xl_mmm.tables import names
from xl_mmm.tables.faults import FAIL, REVIEW, AddressedFault, listed, nearest
from xl_mmm.tables.row_reader import RowReader

if TYPE_CHECKING:
    from collections.abc import Mapping

    from xl_mmm.dataset import Dataset
    from xl_mmm.tables.model_reader import Channel
    from xl_mmm.tables.table_rows import TableRows

NORMAL_90 = 1.6448536269514722  # standard errors from the middle of a normal to the ends of its 90 % range
ROUNDING = 0.05  # by which a standard error and an interval may differ and mean the same

_HEADER_OF = {
    "channel": names.H_CHANNEL, "start": names.H_START, "end": names.H_END, "measured_until": names.H_MEASURED_UNTIL,
    "spend_change": names.H_SPEND_CHANGE,
}  # fmt: skip
_ENDS = (names.H_LOW_90, names.H_HIGH_90)


def read_lift_tests(table: TableRows, channels: list[Channel]) -> tuple[dict[int, LiftTest], list[AddressedFault]]:
    """Read the tests, data row -> test; a row at fault gives none."""
    faults: list[AddressedFault] = []
    paid = [channel.name for channel in channels if channel.kind == names.PAID]
    tests = {}
    inputs = [h for h in names.TABLE_HEADERS[names.TBL_LIFT_TESTS] if h not in {names.H_UNIT, names.H_NOTE}]
    for row in range(table.n_rows):
        reader = RowReader(table, row, faults)
        if all(is_blank(reader.raw(header)) for header in inputs):
            continue
        if (test := _test(reader, paid)) is not None:
            tests[row] = test
    return tests, faults


def misfits(
    table: TableRows, tests: Mapping[int, LiftTest], dataset: Dataset, *, used: bool
) -> list[AddressedFault]:
    """Return what keeps tests from being used with the data: it stops a fit that would use them."""
    from xl_mmm.experiments import misfit

    faults: list[AddressedFault] = []
    for row, test in tests.items():
        if (found := misfit(dataset, test)) is not None:
            message = found.message[0].upper() + found.message[1:]
            reader = RowReader(table, row, faults)
            status = FAIL if used else REVIEW
            reader.note("test_misfit", _HEADER_OF[found.field], message, found.action, status=status)
    return faults


def _test(reader: RowReader, paid: list[str]) -> LiftTest | None:
    """Read one row."""
    known = len(reader.faults)
    channel = reader.text(names.H_CHANNEL, needed="Type the channel's name, or clear the row.")
    if channel is not None and channel not in paid:
        message = f"{channel!r} is no paid channel of this workbook.{nearest(channel, paid)}"
        reader.note("unknown_channel", names.H_CHANNEL, message, f"Choose one of: {listed(paid)}.")
    start = reader.date(names.H_START, needed="Type the first day of the changed spend.")
    end = reader.date(names.H_END, needed="Type the last day of the changed spend.")
    change = reader.number(names.H_SPEND_CHANGE, needed="Type the money added, negative for a holdout.")
    lift = reader.number(names.H_INCREMENTAL_KPI, needed="Type the measured difference in KPI units.")
    error = _standard_error(reader, lift)
    until = reader.date(names.H_MEASURED_UNTIL)
    share = reader.number(names.H_POPULATION_SHARE, low=0, high=1, above=True)
    in_data = reader.choice(names.H_IN_DATA, (names.YES, names.NO))
    if change == 0:
        message = "The spend change is 0, so nothing was tested."
        reader.note("no_change", names.H_SPEND_CHANGE, message, "Type the money added or taken away.")
    if start and end and end < start:
        message = f"The test ends on {end}, before it starts on {start}."
        reader.note("test_reversed", names.H_END, message, "Correct one of the two dates.")
    if until and end and until < end:
        message = f"The measurement ends on {until}, before the test does on {end}."
        reader.note("measured_too_early", names.H_MEASURED_UNTIL, message, "Type the end of the test or later.")
    if len(reader.faults) > known or channel is None or start is None or end is None:
        return None
    if change is None or lift is None or error is None:
        return None
    return LiftTest(
        channel, start, end, change, lift, error, until, 1.0 if share is None else share, in_data != names.NO
    )


def _standard_error(reader: RowReader, lift: float | None) -> float | None:
    """Return the standard error as typed, or of the 90 % interval."""
    known = len(reader.faults)
    error = reader.number(names.H_STANDARD_ERROR, low=0, above=True)
    low, high = (reader.number(header) for header in _ENDS)
    if len(reader.faults) > known:
        return None
    if low is None and high is None:
        if error is None:
            action = "Type the standard error, or both ends of the 90 % interval."
            reader.note("blank", names.H_STANDARD_ERROR, "The cell is blank.", action)
        return error
    if low is None or high is None:
        missing = _ENDS[0] if low is None else _ENDS[1]
        message = "Only one end of the 90 % interval is given."
        reader.note("half_range", missing, message, "Give both ends, or the standard error.")
        return None
    if not low < high:
        message = f"The low end {shown(low)} is not below the high end {shown(high)}."
        reader.note("range_reversed", _ENDS[0], message, "Swap the two; of two negative ends the larger loss is low.")
        return None
    if lift is not None and not low <= lift <= high:
        message = f"The interval from {shown(low)} to {shown(high)} leaves out the effect {shown(lift)}."
        reader.note("effect_outside", _ENDS[0], message, "Correct the ends, their signs, or the effect.")
        return None
    implied = (high - low) / (2 * NORMAL_90)
    if error is not None and abs(error - implied) > ROUNDING * max(error, implied):
        message = (
            f"{shown(error)} contradicts the 90 % interval, whose half width / {NORMAL_90:.3f} is {shown(implied)}."
        )
        reader.note("error_twice", names.H_STANDARD_ERROR, message, "Keep one of the two, or correct it.")
        return None
    return implied if error is None else error
