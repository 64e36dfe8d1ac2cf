"""tblParameters: ranges for the fit, values by hand, each judged in its own cell; tblControls: references, signs."""

from __future__ import annotations

import dataclasses

import pytest

from xl_mmm.tables import names as n
from xl_mmm.tables.model_reader import Channel, read_channels, read_controls, read_parameters
from xl_mmm.tables.table_rows import TableRows

TV = Channel("tv", 0, "paid", "tv", None, "geometric", "hill", 12, "roi", None, None)
WAVE = dataclasses.replace(TV, name="wave", adstock="delayed", saturation="power")
MAIL = dataclasses.replace(TV, name="mail", kind="organic")
HEADERS = n.TABLE_HEADERS[n.TBL_PARAMETERS]


def read(*rows: tuple[object, ...], headers: tuple[str, ...] = HEADERS):
    padded = [(*row, *[None] * (len(headers) - len(row))) for row in rows]
    columns = tuple(list(column) for column in zip(*padded, strict=True))
    return read_parameters(TableRows(n.TBL_PARAMETERS, n.ASSUMPTIONS, 6, 8, headers, columns), [TV, WAVE, MAIL])


def test_ranges_and_values_by_hand_stand_side_by_side() -> None:
    choices, by_hand, faults = read(
        ("tv", "decay", 0.2, 0.8, 0.5), ("tv", "slope", 1.0), ("tv", "half_saturation", None, None, 3e4),
        ("tv", "coefficient", None, None, 1e5), (None,),
    )  # fmt: skip
    assert faults == []
    assert choices == {"tv": {"decay": (0.2, 0.8), "slope": 1.0}, "wave": {}, "mail": {}}
    assert by_hand == {"tv": {"decay": 0.5, "half_saturation": 3e4, "coefficient": 1e5}}


def test_a_table_without_the_column_has_nothing_by_hand() -> None:
    headers = tuple(header for header in HEADERS if header != n.H_BY_HAND)
    assert read(("tv", "decay", 0.2, 0.8), headers=headers) == (
        {"tv": {"decay": (0.2, 0.8)}, "wave": {}, "mail": {}}, {}, []
    )  # fmt: skip


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
        (("tv", "half_life", 0.0, 2.0), "out_of_bounds", "Assumptions!J6"),
        (("tv", "half_effect_spend", None, None, -5.0), "out_of_bounds", "Assumptions!L6"),
        (("wave", "half_life", 1.0, 2.0), "unused_parameter", "Assumptions!I6"),
        (("wave", "half_effect_spend", 1.0, 2.0), "unused_parameter", "Assumptions!I6"),
        (("mail", "half_effect_spend", 1.0, 2.0), "unused_parameter", "Assumptions!I6"),
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


def test_a_planner_s_form_stands_in_for_its_parameter_and_not_beside_it() -> None:
    choices, by_hand, faults = read(
        ("tv", "half_life", 1.0, 3.0, 2.0), ("tv", "half_effect_spend", 2e4), ("tv", "decay", None, None, 0.4)
    )
    assert choices["tv"] == {"half_life": (1.0, 3.0), "half_effect_spend": 2e4}
    assert by_hand == {"tv": {"half_life": 2.0, "decay": 0.4}}
    assert faults == []
    _, _, faults = read(("tv", "half_life", 1.0, 3.0), ("tv", "decay", 0.2, 0.4))
    assert [(fault.rule, fault.cell) for fault in faults] == [("parameter_twice", "Assumptions!I7")]


def channel(**cells: object):
    """Read one row of tblChannels."""
    headers = n.TABLE_HEADERS[n.TBL_CHANNELS]
    row = {n.H_CHANNEL: "tv", n.H_SPEND_COLUMN: "tv", **{header.replace("_", " "): v for header, v in cells.items()}}
    table = TableRows(n.TBL_CHANNELS, n.ASSUMPTIONS, 6, 8, headers, tuple([row.get(header)] for header in headers))
    (found,), faults = read_channels(table)
    return found, [fault.rule for fault in faults if fault.rule != "no_channel"]


def test_a_belief_is_on_roi_mroi_or_share() -> None:
    for typed, on in n.PRIORS.items():
        found, faults = channel(**{"Prior_on": typed, "Prior_low": 0.1, "Prior_high": 0.4, "Typical_week": 900.0})
        assert (found.prior_on, found.prior, found.typical_week, faults) == (on, (0.1, 0.4), 900.0, [])
    blank, _ = channel(Prior_low=0.1, Prior_high=2.0)
    assert (blank.prior_on, blank.prior) == ("roi", (0.1, 2.0))


def test_organic_media_have_a_share_alone_and_a_share_is_a_fraction() -> None:
    organic = {"Kind": "organic", "Spend_column": None, "Media_column": "mails", "Prior_low": 0.01, "Prior_high": 0.05}
    found, faults = channel(**organic)
    assert (found.prior_on, found.prior, faults) == ("share", (0.01, 0.05), [])
    assert channel(**organic, Prior_on="mROI")[1] == ["organic_prior"]
    assert channel(Prior_on="share", Prior_low=0.1, Prior_high=3.0)[1] == ["out_of_bounds"]


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
