"""One test a rule: the sentence names the place, repeats the cell as typed, and says what to do."""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from xl_mmm.rules import (
    RULES,
    Broken,
    CellErrorValue,
    Fault,
    Roles,
    check_columns,
    check_headers,
    error_code,
    is_blank,
    parse_date,
    parse_number,
    shown,
)

N = 104
MONDAYS = [date(2022, 1, 3) + timedelta(weeks=i) for i in range(N)]
ROLES = Roles("week", "sales", ("tv", "search"), controls=("price",))


def table(**changes: object) -> dict[str, list[object]]:
    """Return sound weekly columns; `tv={3: "x"}` changes single cells, a list a whole column."""
    rng = np.random.default_rng(0)
    columns: dict[str, list[object]] = {
        "week": list(MONDAYS),
        "sales": rng.normal(1e6, 5e4, N).round(2).tolist(),
        "tv": rng.gamma(2, 1e4, N).round(2).tolist(),
        "search": rng.gamma(3, 4e3, N).round(2).tolist(),
        "price": rng.normal(100, 2, N).round(2).tolist(),
    }
    for name, change in changes.items():
        if isinstance(change, dict):
            for row, value in change.items():
                columns[name][row] = value
        else:
            columns[name] = list(change)  # type: ignore[call-overload]
    return columns


def faults_of(columns: dict[str, list[object]], roles: Roles = ROLES, **options: object) -> list[Fault]:
    return check_columns(columns, roles, **options)[1]  # type: ignore[arg-type]


def only(columns: dict[str, list[object]], roles: Roles = ROLES, **options: object) -> Fault:
    found = faults_of(columns, roles, **options)
    assert len(found) == 1, [f.sentence for f in found]
    return found[0]


def test_sound_data_have_no_fault() -> None:
    clean, found = check_columns(table(), ROLES)
    assert found == []
    assert clean is not None
    assert (clean.grain, clean.n_history) == ("weekly", 0)
    assert clean.values["tv"].tolist() == table()["tv"]


def test_every_rule_is_a_full_sentence() -> None:
    for name, rule in RULES.items():
        assert rule.name == name
        assert rule.status in {"FAIL", "REVIEW"}
        assert rule.sentence.endswith(".")
        assert rule.action.endswith(".")


# Row 4 of the sheet's data is position 3, 2022-01-24.
@pytest.mark.parametrize(
    ("typed", "rule", "sentence"),
    [
        (CellErrorValue("#REF!"), "error_cell", r"row 4 \(2022-01-24\): #REF! is an error value"),
        ("#N/A", "error_cell", r"'#N/A' is an error value.*never read as zero"),
        (-2146826281, "error_cell", r"-2146826281 \(#DIV/0!\) is an error value"),
        (-2146826243, "error_cell", r"-2146826243 \(#SPILL!\) is an error value"),
        (-2146826201, "error_cell", r"\(error -2146826201\) is an error value"),
        (None, "blank", r"row 4 \(2022-01-24\): The cell is blank\. Type the figure, or 0 if nothing was spent"),
        ("  ", "blank", r"The cell is blank"),
        (float("nan"), "blank", r"The cell is blank"),
        ("1,234", "text_number", r"'1,234' is text \(perhaps 1234\), not a number\. Type the number without"),
        ("1.234,56", "text_number", r"'1\.234,56' is text \(perhaps 1234\.56\)"),
        ("1.234.567", "text_number", r"\(perhaps 1234567\)"),
        ("1,5", "text_number", r"\(perhaps 1\.5\)"),
        ("€5k", "text_number", r"'€5k' is text \(perhaps 5000\)"),
        ("(500)", "text_number", r"'\(500\)' is text \(perhaps -500\)"),
        ("12%", "text_number", r"\(perhaps 0\.12\)"),
        ("1\u00a0234", "text_number", "'1\u00a0234' is text \\(perhaps 1234\\)"),
        ("1'234", "text_number", r"\(perhaps 1234\)"),
        ("120", "text_number", r"'120' is text \(perhaps 120\)"),
        ("=B3*2", "text_number", r"'=B3\*2' is text, not a number"),
        ("n/a yet", "text_number", r"'n/a yet' is text, not a number"),
        (True, "true_false", r"TRUE is a truth value, not a number\. Type 1 or 0"),
        (np.bool_(False), "true_false", r"is a truth value"),
        (datetime(2022, 1, 24), "date_number", r"2022-01-24 00:00:00 is a date, not a number"),
        (float("inf"), "not_finite", r"inf is not a finite number"),
        (1e300, "huge", r"1e\+300 is larger than 1e15"),
        (10**400, "huge", r"a number beyond 1e300 is larger"),
        (-120, "negative", r"-120 is negative\. Spend must be zero or more; book credits"),
    ],
)
def test_cell(typed: object, rule: str, sentence: str) -> None:
    found = only(table(tv={3: typed}))
    assert (found.rule, found.status, found.column, found.row) == (rule, "FAIL", "tv", 3)
    assert found.sentence.startswith("Data column 'tv', row 4 (2022-01-24): ")
    assert re.search(sentence, found.sentence), found.sentence


@pytest.mark.parametrize(
    ("typed", "rule", "sentence"),
    [
        (None, "date_blank", r"The date is blank\. Type the first day"),
        ("week 4", "date_text", r"'week 4' is text, not a date\. Type a real date"),
        ("24/01/2022", "date_text", r"'24/01/2022' is text \(perhaps 2022-01-24\), not a date"),
        ("2022-02-30", "date_text", r"\(no such day\)"),
        (True, "date_text", r"TRUE is text"),
        ("05.04.2022", "date_ambiguous", r"can be read as 2022-04-05 or as 2022-05-04\. Type a real date"),
        (44585, "date_serial", r"44585 is a number \(as a spreadsheet date 2022-01-24\), not a date"),
        (20220124, "date_serial", r"20220124 is a number \(perhaps 2022-01-24\)"),
        (-5, "date_serial", r"-5 is a number, not a date"),
        (60, "date_serial_60", r"60 stands for 1900-02-29, a day that never was"),
        (date(1922, 1, 24), "date_implausible", r"1922-01-24 lies before 1950"),
        (datetime(2022, 1, 24, 13, 30), "date_time", r"2022-01-24 13:30:00 has a time of day"),
        ("#REF!", "error_cell", r"'#REF!' is an error value"),
        (date(2022, 1, 25), "date_off_grid", r"2022-01-25 falls on a Tuesday; the other rows fall on a Monday"),
        (date(2026, 1, 25), "date_1904", r"2026-01-25 lies 1,462 days from its place.*2022-01-24 would fit"),
        ("Total", "total_row", r"The row reads 'Total' and looks like a total\. Remove"),
        ("Grand total 2022", "total_row", r"looks like a total"),
    ],
)
def test_date_cell(typed: object, rule: str, sentence: str) -> None:
    found = [f for f in faults_of(table(week={3: typed})) if f.rule != "date_gap" or rule != "total_row"]
    assert [(f.rule, f.column, f.row) for f in found] == [(rule, "week", 3)]
    assert re.search(sentence, found[0].sentence), found[0].sentence


def test_day_and_month_swapped() -> None:
    found = only(table(week={5: date(2022, 7, 2)}))  # 2022-02-07 read as the second of July
    assert found.rule == "date_swapped"
    assert "2022-07-02 falls outside the sequence, 2022-02-07 would fit" in found.sentence


def test_rows_from_a_workbook_of_the_other_date_system() -> None:
    shifted = [day + timedelta(days=1462) if i >= 80 else day for i, day in enumerate(MONDAYS)]
    assert [(f.rule, f.row) for f in faults_of(table(week=shifted))] == [("date_1904", i) for i in range(80, N)]


def test_duplicate_date_names_the_first_row() -> None:
    found = faults_of(table(week={3: MONDAYS[2]}))
    assert [f.rule for f in found] == ["date_duplicate", "date_gap"]
    assert "2022-01-17 was given already in row 3. Keep one row a period; add the rows up." in found[0].sentence


def test_panel_without_its_regions_is_one_fault() -> None:
    found = only({name: cells * 3 for name, cells in table().items()})
    assert found.rule == "date_repeated"
    assert "Every date stands 3 times. Name the column of the regions" in found.sentence


def test_gap_counts_what_is_missing() -> None:
    columns = {name: [*cells[:10], *cells[13:]] for name, cells in table().items()}
    found = only(columns)
    assert (found.rule, found.row) == ("date_gap", 10)
    assert "3 weeks are missing between 2022-03-07 and this row" in found.message


def test_no_known_grain() -> None:
    found = only(table(week=[date(2022, 1, 3) + timedelta(days=10 * i) for i in range(N)]))
    assert found.rule == "grain_unknown"
    assert "typically 10 days apart" in found.message


def test_grain_that_contradicts_the_dates() -> None:
    found = only(table(), grain="daily")
    assert found.rule == "grain_differs"
    assert "The dates are weekly, the grain is set to daily" in found.message


def test_unknown_grain_is_the_callers_mistake() -> None:
    with pytest.raises(ValueError, match="grain is 'yearly'; choose one of daily, weekly, monthly"):
        check_columns(table(), ROLES, grain="yearly")


@pytest.mark.parametrize(
    ("dates", "grain"),
    [
        ([date(2022, 1, 1) + timedelta(days=i) for i in range(N)], "daily"),
        ([date(2015 + i // 12, 1 + i % 12, 1) for i in range(N)], "monthly"),
        ([date(2015 + (i + 1) // 12, 1 + (i + 1) % 12, 1) - timedelta(days=1) for i in range(N)], "monthly"),
        ([date(2022, 1, 5) + timedelta(weeks=i) for i in range(N)], "weekly"),
    ],
)
def test_grain_is_found(dates: list[object], grain: str) -> None:
    clean, found = check_columns(table(week=dates), ROLES)
    assert [f.rule for f in found if f.rule != "few_rows"] == []
    assert clean is not None
    assert clean.grain == grain


def test_month_off_its_day() -> None:
    months: list[object] = [date(2015 + i // 12, 1 + i % 12, 1) for i in range(N)]
    months[7] = date(2015, 8, 3)
    found = only(table(week=months))
    assert "2015-08-03 falls on day 3 of the month; the other rows fall on day 1 of the month" in found.message


def test_iso_text_is_read_and_said() -> None:
    found = only(table(week={3: "2022-01-24", 4: "2022-01-31"}))
    assert (found.rule, found.status, found.row) == ("date_iso_text", "REVIEW", 3)
    assert "2 date(s) are text in the form YYYY-MM-DD" in found.message
    assert only(table(week={3: "2022-01-24"}), iso_text_is_date=True).rule == "date_iso_text"
    assert faults_of(table(week=[day.isoformat() for day in MONDAYS]), iso_text_is_date=True) == []


def test_accepted_after_a_warning_gives_the_same_bits() -> None:
    plain, _ = check_columns(table(), ROLES)
    warned, found = check_columns({f" {n}\u00a0": c for n, c in table(week=[str(d) for d in MONDAYS]).items()}, ROLES)
    assert {f.rule for f in found} == {"header_space", "date_iso_text"}
    assert plain is not None
    assert warned is not None
    assert plain.dates.tobytes() == warned.dates.tobytes()
    assert all(plain.values[name].tobytes() == warned.values[name].tobytes() for name in plain.values)


def test_empty_rows_are_one_fault_a_stretch() -> None:
    columns = {name: [*cells, None, "", None] for name, cells in table().items()}
    found = only(columns)
    assert (found.rule, found.row, found.column) == ("blank_row", N, None)
    assert found.sentence.startswith("Data row 105: 3 row(s) from here on are empty. Delete empty rows")


def test_missing_column_names_the_nearest() -> None:
    columns = table()
    columns["TV spend"] = columns.pop("tv")
    found = only(columns, Roles("week", "sales", ("tv spend", "search")))
    assert found.rule == "missing_column"
    assert "There is no column 'tv spend' for the spend; 'TV spend' looks alike" in found.message
    near = only(columns, Roles("week", "sales", ("TV spent", "search")))
    assert "perhaps 'TV spend' is meant" in near.message
    far = only(columns, Roles("week", "sales", ("radio", "search")))
    assert "Name the column exactly 'radio', or choose an existing one: week, sales, search, price, TV spend." in (
        far.action
    )


def test_letter_of_another_alphabet() -> None:
    columns = table()
    columns["sеarch"] = columns.pop("search")  # the second letter is Cyrillic
    found = only(columns)
    assert found.rule == "missing_column"
    assert "looks alike but its letter 'е' is Cyrillic Small Letter Ie" in found.message


def test_duplicate_header() -> None:
    places, found = check_headers(["week", "sales", "tv", "search", "tv", "price"], ROLES)
    assert "tv" not in places
    assert "The header 'tv' stands 2 times. Give every column its own header" in found[0].sentence


def test_header_with_spaces_is_read_and_said() -> None:
    columns = table()
    columns["tv "] = columns.pop("tv")
    found = only(columns)
    assert (found.rule, found.status) == ("header_space", "REVIEW")
    assert "The header 'tv ' has extra white space and was read as 'tv'" in found.message


def test_values_without_header() -> None:
    found = only(table() | {"": [1] * N})
    assert (found.rule, found.status) == ("unnamed_column", "REVIEW")
    assert faults_of(table() | {"": [None] * N}) == []


def test_column_in_two_parts() -> None:
    found = only(table(), Roles("week", "sales", ("tv",), controls=("sales",)))
    assert found.rule == "role_twice"
    assert "used both as KPI and as control" in found.message


def test_no_channel() -> None:
    assert "No spend column is named" in only(table(), Roles("week", "sales", ())).message


def test_media_for_an_unknown_channel() -> None:
    found = only(table(), Roles("week", "sales", ("tv",), media={"tvs": "price"}))
    assert "Media is given for 'tvs', which is not a spend column; perhaps 'tv' is meant" in found.message


def test_no_rows() -> None:
    assert "The table has no data rows" in only({name: [] for name in table()}).message


def test_columns_of_unequal_length_are_the_callers_mistake() -> None:
    with pytest.raises(ValueError, match="differ in length"):
        check_columns(table() | {"tv": [1.0]}, ROLES)


def test_copy_of_the_kpi() -> None:
    copied = only(table(price=table()["sales"]))
    assert (copied.rule, copied.status) == ("kpi_repeated", "FAIL")
    scaled = only(table(price=[x / 1000 + 5 for x in table()["sales"]]))  # type: ignore[operator]
    assert (scaled.rule, scaled.status) == ("kpi_scaled", "REVIEW")
    assert "moves exactly with the KPI (correlation 1)" in scaled.message


def test_negative_kpi_is_for_review() -> None:
    found = only(table(sales={3: -5.0}))
    assert (found.rule, found.status) == ("negative_kpi", "REVIEW")


def test_negative_control_is_fine() -> None:
    assert faults_of(table(price={3: -1.0})) == []


def test_channel_of_zeros_and_constants_are_for_review() -> None:
    found = faults_of(table(tv=[0] * N, price=[7.5] * N))
    assert [(f.rule, f.status, f.column) for f in found] == [
        ("zero_channel", "REVIEW", "tv"),
        ("constant", "REVIEW", "price"),
    ]
    assert "Every row of the window is 7.5." in found[1].message


def test_value_a_thousand_times_the_rest() -> None:
    columns = table()
    columns["sales"][7] *= 1000  # type: ignore[operator]
    found = only(columns)
    assert (found.rule, found.status, found.row) == ("scale_jump", "REVIEW", 7)
    assert re.search(r"1 value\(s\), the first \d+.*, are about \d,?\d* times above the rest", found.message)


def test_unit_that_changes_midway() -> None:
    columns = table()
    columns["sales"] = [x / 1000 if i < 30 else x for i, x in enumerate(columns["sales"])]  # type: ignore[operator]
    found = only(columns)
    assert (found.rule, found.row) == ("scale_jump", 0)
    assert re.search(r"30 value\(s\), .* times below the rest", found.message)


def test_shares_among_percentages() -> None:
    share = np.random.default_rng(1).uniform(0.2, 0.6, N)
    found = only(table(price=np.where(np.arange(N) < 20, share, 100 * share).tolist()))
    assert (found.rule, found.status) == ("percent_mix", "REVIEW")
    assert "20 value(s)" in found.message
    assert "look like fractions" in found.message


def test_short_windows() -> None:
    short = {name: cells[:40] for name, cells in table().items()}
    found = only(short)
    assert (found.rule, found.status) == ("few_rows", "REVIEW")
    assert "40 rows, 40 weeks" in found.message
    hopeless = only({name: cells[:12] for name, cells in table().items()})
    assert (hopeless.rule, hopeless.status) == ("too_few_rows", "FAIL")
    assert "12 rows for about 8 parameters" in hopeless.message


def test_spend_without_delivery_and_the_reverse() -> None:
    grp = [100.0] * N
    grp[4], grp[9] = 0.0, 50.0
    roles = Roles("week", "sales", ("tv", "search"), media={"tv": "grp"})
    found = faults_of(table(tv={9: 0}) | {"grp": grp}, roles)
    assert [(f.rule, f.status, f.row) for f in found] == [
        ("spend_without_media", "REVIEW", 4),
        ("media_without_spend", "REVIEW", 9),
    ]
    assert "1 row(s) have spend but no grp" in found[0].message
    assert "1 row(s) have grp but no spend, the first with 50" in found[1].message


def test_window_splits_history_and_leaves_out_what_follows() -> None:
    columns = table(sales={0: None, 1: None})
    clean, found = check_columns(columns, ROLES, window=("2022-01-17", date(2023, 11, 20)))
    assert [(f.rule, f.status) for f in found] == [("after_window", "REVIEW")]
    assert "5 row(s) after 2023-11-20 are outside the window and left out" in found[0].message
    assert clean is not None
    assert (clean.n_history, len(clean.dates)) == (2, N - 5)
    assert only(columns | {"sales": [*columns["sales"][:-1], None]}, window=("2022-01-17", None)).row == N - 1


def test_window_without_rows_or_sense() -> None:
    empty = only(table(), window=("2030-01-01", None))
    assert empty.rule == "window_empty"
    assert "the data run from 2022-01-03 to 2023-12-25" in empty.message
    senseless = only(table(), window=("soon", None))
    assert "The window's start 'soon' is not a date" in senseless.message


def geo_table(regions: tuple[object, ...] = ("North", "South")) -> dict[str, list[object]]:
    columns: dict[str, list[object]] = {name: cells * len(regions) for name, cells in table().items()}
    columns["region"] = [region for region in regions for _ in range(N)]
    return columns


GEO = Roles("week", "sales", ("tv", "search"), controls=("price",), geo="region")


def test_sound_panel() -> None:
    clean, found = check_columns(geo_table(), GEO)
    assert found == []
    assert clean is not None
    assert clean.geo == ("North",) * N + ("South",) * N


def test_region_without_a_period() -> None:
    columns = {name: cells[:-1] for name, cells in geo_table().items()}
    found = only(columns, GEO)
    assert found.rule == "geo_incomplete"
    assert "Region 'South' has 1 row(s) fewer than the others; the first missing is 2023-12-25" in found.message


def test_period_twice_in_a_region() -> None:
    columns = geo_table()
    columns["week"][N + 5] = MONDAYS[4]
    found = faults_of(columns, GEO)
    assert [f.rule for f in found] == ["geo_incomplete", "date_duplicate"]
    assert "row 110 (South, 2022-01-31)" in found[1].sentence
    assert "Keep one row a period and region" in found[1].sentence


def test_region_blank_or_at_fault() -> None:
    columns = geo_table()
    columns["region"][3], columns["region"][4] = None, "#N/A"
    found = [f for f in faults_of(columns, GEO) if f.column == "region"]
    assert [(f.rule, f.row) for f in found] == [("blank_geo", 3), ("error_cell", 4)]


def test_region_in_two_spellings() -> None:
    found = faults_of(geo_table(("North", "north ")), GEO)
    assert {f.rule for f in found} == {"geo_name"}
    assert "The region 'north ' differs from 'North' only in case or white space" in found[0].message


def test_total_row_of_a_region() -> None:
    columns = geo_table()
    columns["region"][2 * N - 1] = "Total"
    assert {f.rule for f in faults_of(columns, GEO)} == {"total_row", "geo_incomplete"}
    assert faults_of(geo_table(("Somme", "Nord")), GEO) == []


def test_all_faults_in_one_pass_in_order_of_place() -> None:
    columns = table(tv={9: "x", 2: None}, search={2: -1}, week={5: "soon"})
    columns["priced"] = columns.pop("price")
    found = faults_of(columns)
    assert [(f.column, f.row) for f in found] == [
        ("price", None),
        ("tv", 2),
        ("search", 2),
        ("week", 5),
        ("tv", 9),
    ]


def test_value_repeated_is_shortened() -> None:
    assert shown("x" * 100) == "'" + "x" * 39 + "…'"
    assert shown("a\nb") == r"'a\x0ab'"


@given(st.floats(allow_nan=False, allow_infinity=False, min_value=-1e9, max_value=1e15) | st.integers(0, 10**15))
def test_numbers_are_read_to_the_bit(number: float) -> None:
    assert parse_number(number) == number


@given(st.text(max_size=20))
def test_text_is_never_a_number(text: str) -> None:
    assert isinstance(parse_number(text), Broken)


@given(st.dates(date(1950, 1, 1), date(2150, 12, 31)))
def test_a_day_is_one_day_in_every_form(day: date) -> None:
    forms = (day, datetime(day.year, day.month, day.day), np.datetime64(day), day.isoformat(), f"{day}T00:00:00")
    assert {str(parse_date(form)) for form in forms} == {day.isoformat()}


@given(st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=12) | st.dates() | st.datetimes())
def test_no_cell_breaks_the_check(cell: object) -> None:
    columns = table(tv={3: cell}, week={4: cell})
    for found in faults_of(columns):
        assert found.sentence
    parse_number(cell)
    parse_date(cell)
    error_code(cell)
    is_blank(cell)


def test_a_price_that_jumps() -> None:
    rng = np.random.default_rng(3)
    grp = rng.gamma(4, 25, N)
    spend = grp * rng.normal(700, 40, N)
    spend[60:70] *= 24.5  # in crowns: no jump of the spend itself, which moves by more
    roles = Roles("week", "sales", ("tv", "search"), media={"tv": "grp"})
    found = only(table(tv=spend.tolist()) | {"grp": grp.tolist()}, roles)
    assert (found.rule, found.status, found.row) == ("price_jump", "REVIEW", 60)
    assert "10 row(s), the first with" in found.message
    assert "times above the rest for grp" in found.message
    spend[60:70] /= 24.5
    assert faults_of(table(tv=spend.tolist()) | {"grp": grp.tolist()}, roles) == []
