"""tblParameters: ranges for the fit, values by hand, each judged in its own cell; tblControls: references, signs."""

from __future__ import annotations

import pytest

from xl_mmm.tables import names as n
from xl_mmm.tables.model_reader import Channel, read_controls, read_parameters
from xl_mmm.tables.table_rows import TableRows

TV = Channel("tv", 0, "paid", "tv", None, "geometric", "hill", 12, None)
HEADERS = n.TABLE_HEADERS[n.TBL_PARAMETERS]


def read(*rows: tuple[object, ...], headers: tuple[str, ...] = HEADERS):
    padded = [(*row, *[None] * (len(headers) - len(row))) for row in rows]
    columns = tuple(list(column) for column in zip(*padded, strict=True))
    return read_parameters(TableRows(n.TBL_PARAMETERS, n.ASSUMPTIONS, 6, 8, headers, columns), [TV])


def test_ranges_and_values_by_hand_stand_side_by_side() -> None:
    choices, by_hand, faults = read(
        ("tv", "decay", 0.2, 0.8, 0.5), ("tv", "slope", 1.0), ("tv", "half_saturation", None, None, 3e4),
        ("tv", "coefficient", None, None, 1e5), (None,),
    )  # fmt: skip
    assert faults == []
    assert choices == {"tv": {"decay": (0.2, 0.8), "slope": 1.0}}
    assert by_hand == {"tv": {"decay": 0.5, "half_saturation": 3e4, "coefficient": 1e5}}


def test_a_table_without_the_column_has_nothing_by_hand() -> None:
    headers = tuple(header for header in HEADERS if header != n.H_BY_HAND)
    assert read(("tv", "decay", 0.2, 0.8), headers=headers) == ({"tv": {"decay": (0.2, 0.8)}}, {}, [])


@pytest.mark.parametrize(
    ("row", "rule", "cell"),
    [
        (("tv", "decay", None, None, 1.2), "out_of_bounds", "Assumptions!L6"),
        (("tv", "decay", None, None, "half"), "text_number", "Assumptions!L6"),
        (("tv", "coefficient", None, None, -1.0), "out_of_bounds", "Assumptions!L6"),
        (("tv", "coefficient", 1.0, 2.0), "coefficient_range", "Assumptions!J6"),
        (("tv", "exponent", None, None, 0.5), "unused_parameter", "Assumptions!I6"),
        ((None, None, None, None, 0.5), "blank", "Assumptions!H6"),
        (("tv", None, None, None, 0.5), "blank", "Assumptions!I6"),
        (("radio", "decay", None, None, 0.5), "unknown_channel", "Assumptions!H6"),
    ],
)
def test_each_fault_stands_at_its_cell(row: tuple[object, ...], rule: str, cell: str) -> None:
    _, by_hand, faults = read(row)
    assert by_hand == {}
    assert (rule, cell) in [(fault.rule, fault.cell) for fault in faults]


def test_a_parameter_given_twice_is_a_fault_also_by_hand() -> None:
    _, by_hand, faults = read(("tv", "decay", 0.2, 0.8), ("tv", "decay", None, None, 0.5))
    assert [fault.rule for fault in faults] == ["parameter_twice"]
    assert by_hand == {}


def controls(*rows: tuple[object, ...], headers: tuple[str, ...]):
    columns = tuple(list(column) for column in zip(*rows, strict=True))
    return read_controls(TableRows(n.TBL_CONTROLS, n.ASSUMPTIONS, 6, 26, headers, columns))


def test_a_control_has_a_sign_or_either() -> None:
    headers = n.TABLE_HEADERS[n.TBL_CONTROLS][:3]
    found, faults = controls(("price", 100.0, "negative"), ("rain", None, None), headers=headers)
    assert faults == []
    assert [(c.header, c.reference, c.sign) for c in found] == [("price", 100.0, "negative"), ("rain", None, None)]
    found, faults = controls(("price", 100.0, "down"), headers=headers)
    assert [(fault.rule, fault.cell) for fault in faults] == [("not_allowed", "Assumptions!AB6")]
    assert found[0].sign is None


def test_a_table_without_the_column_gives_no_signs() -> None:
    found, faults = controls(("price", 100.0), headers=n.TABLE_HEADERS[n.TBL_CONTROLS][:2])
    assert (faults, found[0].sign) == ([], None)
