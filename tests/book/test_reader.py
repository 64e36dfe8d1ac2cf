"""From a workbook to inputs: what is read, how it is addressed, in which order it is said."""

from __future__ import annotations

import hashlib
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pytest

from tests.book.bad_files import FIRST, WEEKS, Draft, Error, Formula, good
from tests.book.judged import judge_file, judged
from xl_mmm.book.inputs import BuildInputs
from xl_mmm.book.reader import BookInputs, read_book
from xl_mmm.book.sheet_cells import day_of
from xl_mmm.book.template import build_book
from xl_mmm.errors import CellError
from xl_mmm.planning import PlanLine, Scenario
from xl_mmm.rules import Roles
from xl_mmm.spec import ChannelSpec, LiftTest
from xl_mmm.tables import names
from xl_mmm.tables.faults import FAIL, REVIEW, AddressedFault, by_place, nearest, sentences


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "book.xlsx"


@pytest.fixture
def inputs(path: Path) -> BookInputs:
    good().save(path)
    return read_book(path)


def test_every_input_arrives(inputs: BookInputs, path: Path) -> None:
    draft = good()
    data = inputs.dataset
    assert data is not None
    assert data.channels == ("tv", "search")
    assert data.controls == ("price",)
    assert data.grain == "weekly"
    assert data.dates[0] == np.datetime64(FIRST)
    assert data.n_weeks == WEEKS
    place = draft.data.headers.index
    np.testing.assert_array_equal(data.kpi, [row[place("revenue")] for row in draft.data.rows])
    np.testing.assert_array_equal(data.spend[:, 1], [row[place("search")] for row in draft.data.rows])
    np.testing.assert_array_equal(data.media[:, 1], [row[place("clicks")] for row in draft.data.rows])
    np.testing.assert_array_equal(data.control_values[:, 0], [row[place("price")] for row in draft.data.rows])
    assert data.control_reference[0] == 10.0
    assert dict(inputs.spec.channels) == {
        "tv": ChannelSpec(roi=(0.3, 3.0), decay=(0.2, 0.8), max_lag=12),
        "search": ChannelSpec(),
    }
    assert inputs.lift_tests == (LiftTest("tv", "2023-06-05", "2023-07-02", -20000.0, -30000.0, 9000.0),)
    assert inputs.spec.lift_tests == inputs.lift_tests
    assert inputs.margin == inputs.spec.margin == 0.4
    assert (inputs.method, inputs.seed, inputs.draws, inputs.refit) == ("bayes", 1, None, names.ON_REQUEST)
    assert inputs.scenarios == (
        Scenario("Today", (PlanLine(),)),
        Scenario("More TV", (PlanLine((("tv", 1.2), ("search", 1.0))),)),
    )
    assert dict(inputs.constraints.bounds) == {"tv": (0.8, 1.2)}
    assert inputs.constraints.default_bounds == (0.5, 1.5)
    assert inputs.constraints.budget is None
    assert inputs.tables[names.TBL_DATA].ref == "B5:H65"
    assert inputs.file_sha == hashlib.sha256(path.read_bytes()).hexdigest()
    assert inputs.data_sha == data.sha
    assert inputs.faults == ()


def test_report_of_a_sound_book(inputs: BookInputs) -> None:
    assert judged(inputs) == {"status": "pass", "messages": [], "data_sha": inputs.data_sha}


def test_settings_reach_spec_and_dataset(path: Path) -> None:
    draft = good()
    for name, value in {
        names.SET_METHOD: "ridge", names.SET_SEED: 7.0, names.SET_DRAWS: 50.0, names.SET_TREND: names.NO,
        names.SET_SEASONALITY: 3.0, names.SET_KNOTS: 2.0, names.SET_HOLIDAYS: "DE", names.SET_LEVEL: 0.8,
        names.SET_BUDGET: 5e5, names.SET_REVENUE_PER_KPI: names.NONE, names.SET_WINDOW_START: date(2023, 1, 30),
        names.SET_LEAST: 0.2,
    }.items():  # fmt: skip
        draft.set(name, value)
    draft.save(path)
    inputs = read_book(path)
    assert not inputs.failed, inputs.messages
    assert (inputs.method, inputs.seed, inputs.draws, inputs.level) == ("ridge", 7, 50, 0.8)
    spec = inputs.spec
    assert (spec.trend, spec.seasonality, spec.knots, spec.holidays) == (False, 3, 2, "DE")
    assert inputs.constraints.budget == 5e5
    assert inputs.constraints.default_bounds == (0.2, 1.5)
    assert inputs.dataset is not None
    assert inputs.dataset.revenue_per_kpi is None
    assert inputs.dataset.n_history == 4


def test_display_name_is_the_channels_name(path: Path) -> None:
    draft = good()
    for table, row in ((names.TBL_CHANNELS, 0), (names.TBL_PARAMETERS, 0), (names.TBL_LIFT_TESTS, 0),
                       (names.TBL_CONSTRAINTS, 0)):  # fmt: skip
        draft.tables[table].rows[row][0] = "Television"
    draft.tables[names.TBL_GROUPS].rows[0][1] = "Television, search"
    draft.tables[names.TBL_SCENARIOS].headers[1] = "Television"
    draft.tables[names.TBL_CALENDAR].headers[3] = names.COMMITTED + "Television"
    draft.put(4, "tv", -5.0)
    draft.save(path)
    assert read_book(path).messages == [
        "Data!D10 (tv, 2023-01-30): -5 is negative. Spend must be zero or more; book credits in the period they refer "
        "to."
    ]
    draft.put(4, "tv", 5.0)
    draft.save(path)
    data = read_book(path).dataset
    assert data is not None
    assert data.channels == ("Television", "search")


def test_channel_named_like_another_column(path: Path) -> None:
    draft = good()
    draft.tables[names.TBL_CHANNELS].rows[0][0] = "price"
    draft.save(path)
    assert any("Assumptions!H6 (Channel" in line and "'price'" in line for line in read_book(path).messages)


def test_organic_channel(path: Path) -> None:
    draft = good()
    draft.data.headers[draft.data.headers.index("memo")] = "newsletter"
    draft.column("newsletter", lambda _: 3.0)
    for i in range(0, WEEKS, 3):
        draft.put(i, "newsletter", float(i))
    draft.tables[names.TBL_CHANNELS].rows[2][:4] = ["mail", "organic", None, "newsletter"]
    draft.save(path)
    data = read_book(path).dataset
    assert data is not None
    assert data.organic == ("mail",)


def _daily(grain: str) -> Draft:
    """Return the sound book with one row a day over a year, to be gathered into `grain`."""
    draft = good()
    rows = draft.data.rows
    draft.data.rows = [[FIRST + timedelta(days=i), *rows[i % WEEKS][1:]] for i in range(371)]
    draft.set(names.SET_GRAIN, grain)
    return draft


def test_finer_data_are_summed_to_the_model_grain(path: Path) -> None:
    draft = _daily("weekly")
    draft.save(path)
    inputs = read_book(path)
    assert inputs.dataset is not None, inputs.messages
    assert (inputs.dataset.grain, inputs.dataset.n_weeks) == ("weekly", 53)
    assert inputs.dataset.kpi[0] == pytest.approx(sum(row[1] for row in draft.data.rows[:7]), rel=1e-12)


def test_grain_that_leaves_too_few_rows(path: Path) -> None:
    _daily("monthly").save(path)
    (message,) = read_book(path).messages
    assert message.startswith("Data!B5")
    assert "11 rows" in message  # January of both years is incomplete


def test_grain_finer_than_the_data(path: Path) -> None:
    draft = good()
    draft.set(names.SET_GRAIN, "daily")
    draft.save(path)
    (message,) = read_book(path).messages
    assert message.startswith("Assumptions!C12 (Model grain): weekly data cannot be gathered into 'daily' periods")


def test_the_programs_own_workbook_reads_back(path: Path) -> None:
    data = good().data
    columns = {header: [row[i] for row in data.rows] for i, header in enumerate(data.headers)}
    roles = Roles("week", "revenue", ("tv", "search"), {"search": "clicks"}, ("price",))
    build_book(path, BuildInputs.start(columns, roles, {names.SET_MARGIN: 0.4}))
    inputs = read_book(path)
    assert inputs.messages == []
    assert inputs.dataset is not None
    assert inputs.dataset.channels == ("tv", "search")
    np.testing.assert_array_equal(inputs.dataset.kpi, columns["revenue"])
    np.testing.assert_array_equal(inputs.dataset.media[:, 1], columns["clicks"])
    assert inputs.margin == 0.4
    assert inputs.scenarios[0].name == names.TODAY


def test_all_faults_come_in_one_pass_failures_first_then_by_place(path: Path) -> None:
    draft = good()
    draft.put(0, "search", Error("#REF!"))
    draft.put(0, "tv", "1,5")
    draft.put(40, "tv", Formula("=NOW()", None))
    draft.set(names.SET_SEED, 0.5)
    draft.tables[names.TBL_LIFT_TESTS].rows[0][5] = -1.0
    draft.tables[names.TBL_CONSTRAINTS].rows[0][2] = "lots"
    draft.save(path)
    inputs = read_book(path)
    assert [fault.cell for fault in inputs.faults] == [
        "Data!D6", "Data!E6", "Data!D46", "Assumptions!C16", "Experiments!G6", "Optimizer!D6",
    ]  # fmt: skip
    assert inputs.dataset is None
    assert inputs.data_sha is None
    assert judged(inputs)["status"] == "fail"


def test_faults_carry_their_facts(path: Path) -> None:
    draft = good()
    draft.put(11, "tv", -120.0)
    draft.save(path)
    (fault,) = read_book(path).faults
    assert (fault.rule, fault.status, fault.sheet, fault.row, fault.column) == ("negative", FAIL, "Data", 17, 4)
    assert fault.value == -120.0
    assert fault.sentence.startswith("Data!D17 (tv, 2023-03-20): -120 is negative.")


def test_a_review_leaves_the_data_usable(path: Path) -> None:
    draft = good()
    draft.data.rows[:] = draft.data.rows[:45]
    draft.save(path)
    inputs = read_book(path)
    assert {fault.status for fault in inputs.faults} == {REVIEW}
    assert inputs.dataset is not None
    assert judged(inputs)["status"] == "review"


def test_file_that_is_no_book(tmp_path: Path) -> None:
    with pytest.raises(CellError, match="does not exist"):
        read_book(tmp_path / "none.xlsx")
    report = judge_file(tmp_path / "none.xlsx")
    assert len(report["messages"]) == 1


@pytest.mark.parametrize("text", ["INTERPRETER,C:\\evil\\python.exe\n", '"PYTHONPATH","/evil"\n'])
def test_configuration_beside_the_book(path: Path, text: str) -> None:
    good().save(path)
    path.with_name("xlwings.conf").write_text(text)
    (message,) = read_book(path).messages
    assert "beside the workbook" in message
    assert "evil" in message


def test_own_interpreter_is_no_foreign_code(path: Path) -> None:
    import sys

    draft = good()
    draft.cells["xlwings.conf", 0, 0] = "INTERPRETER_WIN"
    draft.cells["xlwings.conf", 0, 1] = sys.executable
    draft.save(path)
    assert read_book(path).faults == ()


@pytest.mark.parametrize(
    ("serial", "date1904", "day"),
    [
        (1.0, False, date(1900, 1, 1)),
        (59.0, False, date(1900, 2, 28)),
        (60.0, False, 60.0),
        (61.0, False, date(1900, 3, 1)),
        (45292.0, False, date(2024, 1, 1)),
        (43830.0, True, date(2024, 1, 1)),
        (0.0, True, date(1904, 1, 1)),
        (60.0, True, date(1904, 3, 1)),
        (-1.0, False, -1.0),
        (1e300, True, 1e300),
    ],
)
def test_serial_numbers_in_both_date_systems(serial: float, date1904: bool, day: date | float) -> None:
    assert day_of(serial, date1904) == day


def test_names_far_away_are_not_offered() -> None:
    assert nearest("geometrc", ["geometric", "delayed"]) == " Did you mean 'geometric'?"
    assert nearest("xyz", ["geometric", "delayed"]) == ""


def test_sentences_stay_on_one_line_and_are_counted() -> None:
    faults = [AddressedFault("r", REVIEW, "Data", i, 2, "tv\n", None, f"No {i}.", "Mend.") for i in range(13, 0, -1)]
    failure = AddressedFault("r", FAIL, "My sheet", 3, 28, "", None, "Broken.", "Mend.")
    listed = sentences(by_place([*faults, failure, failure]))
    assert listed[0] == "'My sheet'!AB3: Broken. Mend."
    assert listed[1] == "Data!B1 (tv ): No 1. Mend."
    assert listed[-1] == "... and 4 more."
    assert len(listed) == 11
