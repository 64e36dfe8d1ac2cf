"""The command line: exit codes, what is printed where, and the way new -> run -> check."""

from __future__ import annotations

import io
import json
import re
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from typer.testing import CliRunner

from xl_mmm import __version__, cli
from xl_mmm.book import job
from xl_mmm.book.new import new_book
from xl_mmm.book.reader import read_book
from xl_mmm.book.writer import write_cells
from xl_mmm.cli.answers import progress_bar
from xl_mmm.errors import CellError
from xl_mmm.rules import Roles
from xl_mmm.tables import names
from xl_mmm.tables.cell_values import place_name

WEEKS = 100
NEW = ["--date", "week", "--kpi", "sales", "--spend", "tv,search", "--controls", "price"]


def xl(*arguments: object):
    return CliRunner().invoke(cli.app, [str(argument) for argument in arguments])


@pytest.fixture(scope="module")
def source(tmp_path_factory) -> Path:
    rng = np.random.default_rng(4)
    tv = np.round(rng.lognormal(9, 0.6, WEEKS) * (rng.random(WEEKS) < 0.7))
    search = np.round(rng.lognormal(8, 0.4, WEEKS))
    price = np.round(10 + rng.normal(0, 0.5, WEEKS), 2)
    sales = 9e4 + 120 * np.sqrt(tv) + 150 * np.sqrt(search) - 3e3 * (price - 10) + rng.normal(0, 1500, WEEKS)
    week = pd.date_range("2023-01-02", periods=WEEKS, freq="7D")
    path = tmp_path_factory.mktemp("source") / "sales.csv"
    table = pd.DataFrame({"week": week, "sales": np.round(sales), "tv": tv, "search": search, "price": price})
    table.to_csv(path, index=False, sep=";", decimal=",", date_format="%d.%m.%Y", encoding="utf-8-sig")
    return path


@pytest.fixture(scope="module")
def built(source, tmp_path_factory) -> Path:
    path = tmp_path_factory.mktemp("built") / "book.xlsx"
    roles = Roles("week", "sales", ("tv", "search"), controls=("price",))
    new_book(path, source, roles, settings={names.SET_METHOD: "ols", names.SET_DRAWS: 20.0, names.SET_MARGIN: 0.5})
    return path


@pytest.fixture(scope="module")
def fitted(built, tmp_path_factory):
    """Return the results of a ridge run, and what the command said."""
    out = tmp_path_factory.mktemp("fitted") / "results.xlsx"
    result = xl("run", built, "--method", "ridge", "--seed", 7, "--out", out)
    assert result.exit_code == 0, result.output
    return out, result


@pytest.fixture
def book(built, tmp_path, monkeypatch) -> Path:
    monkeypatch.setattr("platformdirs.user_data_path", lambda *_: tmp_path / "kept")
    path = tmp_path / "book.xlsx"
    path.write_bytes(built.read_bytes())
    return path


def cell_of(path: Path, table: str, header: str, row: int) -> tuple[str, str]:
    """Return sheet and address of a table's cell, data rows from 0."""
    found = read_book(path).tables[table]
    return found.sheet, place_name(found.first_row + row, found.first_column + found.headers.index(header))


def put(path: Path, table: str, header: str, row: int, value: object) -> str:
    sheet, place = cell_of(path, table, header, row)
    write_cells(path, {sheet: {place: value}})
    return f"{sheet}!{place}"


def setting(path: Path, name: str) -> object:
    return read_book(path).settings[name]


# ---------------------------------------------------------------- version and usage


def test_version():
    result = xl("version")
    assert (result.exit_code, result.stdout.strip()) == (0, f"xl_mmm {__version__}")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["run", "book.xlsx", "--method", "magic"], "'magic' is not one of ols, ridge, lasso"),
        (["new", "book.xlsx", "--from", "x.csv", *NEW, "--buttons"], "Buttons need macros"),
        (["new", "book.ods", "--from", "x.csv", *NEW], "does not end in .xlsx or .xlsm"),
        (["new", "book.xlsx", "--from", "x.csv", "--kpi", "sales", "--spend", "tv"], "--date"),
        (["new", "book.xlsx", "--from", "x.csv", *NEW, "--media", "tv_grp"], "not of the form channel=column"),
        (["new", "book.xlsx", "--from", "x.csv", *NEW, "--margin", "40"], "no share above 0"),
        (["new", "book.xlsx", "--from", "x.csv", *NEW, "--spend", "tv,,search"], "nothing between two commas"),
        (["new", "book.xlsx", "--from", "x.csv", *NEW, "--spend", ""], "Name at least one column"),
        (["new", "book.xlsx", "--from", "x.csv", *NEW, "--revenue-per-kpi", "0"], "or none for a KPI without revenue"),
        (["new", "book.xlsx", "--from", "x.csv", *NEW, "--revenue-per-kpi", "nan"], "nan is no worth of a unit"),
        (["run", "book.xlsx", "--out", "book.csv"], "give a name that ends in .xlsx"),
        (["optimise"], "optimise"),
    ],
)
def test_usage_is_code_2(arguments, said):
    result = xl(*arguments)
    assert result.exit_code == 2
    assert said in " ".join(result.stderr.replace("│", " ").split())


# ---------------------------------------------------------------- new


def test_new_reports_what_was_detected(source, tmp_path):
    result = xl("new", tmp_path / "book.xlsx", "--from", source, *NEW, "--margin", "0.4", "--holidays", "US")
    assert result.exit_code == 0, result.output
    assert "Delimiter: semicolon." in result.stdout
    assert "byte order mark" in result.stdout
    assert "Decimal comma" in result.stdout
    assert f"{WEEKS} weekly periods, 2023-01-02 to 2024-11-25; 2 channels, 1 control." in result.stdout
    made = read_book(tmp_path / "book.xlsx")
    assert (made.margin, made.spec.holidays) == (0.4, "US")
    assert made.dataset.channels == ("tv", "search")
    assert made.dataset.spend[:, 0] == pytest.approx(pd.read_csv(source, sep=";", decimal=",")["tv"])


def test_new_takes_media_organic_and_revenue(source, tmp_path):
    wide = pd.read_csv(source, sep=";", decimal=",")
    wide["week"] = pd.to_datetime(wide["week"], format="%d.%m.%Y")
    wide["tv_grp"], wide["mails"], wide["value"] = wide["tv"] / 100, 500.0 + wide.index, 12.5
    wide.to_parquet(tmp_path / "wide.parquet")
    more = ["--media", "tv=tv_grp", "--organic", "mails", "--revenue-per-kpi", "value"]
    result = xl("new", tmp_path / "b.xlsx", "--from", tmp_path / "wide.parquet", *NEW, *more)
    assert result.exit_code == 0, result.output
    data = read_book(tmp_path / "b.xlsx").dataset
    assert data.media_units == ("tv_grp", "money")
    assert data.organic == ("mails",)
    assert (data.revenue_per_kpi == 12.5).all()
    assert "Parquet" in result.stdout


def test_new_replaces_a_book_only_when_forced_and_keeps_it(source, tmp_path, monkeypatch):
    monkeypatch.setattr("platformdirs.user_data_path", lambda *_: tmp_path / "kept")
    out = tmp_path / "book.xlsx"
    out.write_text("mine")
    result = xl("new", out, "--from", source, *NEW)
    assert result.exit_code == 1
    assert "--force" in result.stderr
    assert out.read_text() == "mine"
    forced = xl("new", out, "--from", source, *NEW, "--force")
    assert forced.exit_code == 0
    assert out.read_bytes().startswith(b"PK")
    assert "The file as it was is kept at" in forced.stdout
    assert [kept.read_text() for kept in (tmp_path / "kept").rglob("*.xlsx")] == ["mine"]


def test_new_never_replaces_its_own_source(source, tmp_path):
    table = tmp_path / "sales.xlsx"
    pd.read_csv(source, sep=";", decimal=",").to_excel(table, index=False)
    before = table.read_bytes()
    result = xl("new", table, "--from", table, *NEW, "--force")
    assert result.exit_code == 1
    assert "is the source itself" in result.stderr
    assert table.read_bytes() == before


def test_new_leaves_nothing_behind_when_a_setting_is_impossible(source, tmp_path):
    result = xl("new", tmp_path / "book.xlsx", "--from", source, *NEW, "--holidays", "Atlantis")
    assert result.exit_code == 1
    assert "No holidays are known for country 'Atlantis'" in result.stderr
    assert not list(tmp_path.iterdir())


def test_new_of_a_column_named_twice(source, tmp_path):
    result = xl("new", tmp_path / "book.xlsx", "--from", source, *NEW, "--spend", "tv,tv")
    assert result.exit_code == 1
    assert "both as spend and as spend again" in result.stderr


def test_new_names_every_fault_of_the_table(source, tmp_path):
    lines = source.read_text(encoding="utf-8-sig").splitlines()
    first, second = lines[3].split(";"), lines[5].split(";")
    first[2], second[1] = "-120", "n/a"
    bad = tmp_path / "bad.csv"
    bad.write_text("\n".join([*lines[:3], ";".join(first), lines[4], ";".join(second), *lines[6:]]))
    result = xl("new", tmp_path / "book.xlsx", "--from", bad, *NEW)
    assert result.exit_code == 1
    assert "bad.csv, column 'tv', row 3 (2023-01-16): -120 is negative" in result.stderr
    assert "bad.csv, column 'sales', row 5" in result.stderr
    assert not (tmp_path / "book.xlsx").exists()


@pytest.mark.parametrize("missing", ["source", "folder"])
def test_new_names_what_is_not_there(source, tmp_path, missing):
    out = tmp_path / ("none/book.xlsx" if missing == "folder" else "book.xlsx")
    result = xl("new", out, "--from", tmp_path / "none.csv" if missing == "source" else source, *NEW)
    assert result.exit_code == 1
    assert "none" in result.stderr


# ---------------------------------------------------------------- check


def test_check_of_a_sound_book_ends_in_one_line_of_json(book):
    before = book.read_bytes()
    result = xl("check", book, "--json")
    assert result.exit_code == 0
    verdict = json.loads(result.stdout.splitlines()[-1])
    assert list(verdict) == ["status", "messages", "data_sha", "written"]
    assert (verdict["status"], verdict["messages"], verdict["written"]) == ("pass", [], [])
    assert verdict["data_sha"] == read_book(book).dataset.sha
    assert book.read_bytes() == before


def test_check_in_words_lists_every_data_check(book):
    result = xl("check", book)
    assert result.exit_code == 0
    assert "Columns that move together (VIF)" in result.stdout
    assert "Spend that follows demand" in result.stdout


def test_check_of_a_bad_book_names_cells_and_fails(book):
    place = put(book, names.TBL_DATA, "tv", 6, -120.0)
    other = put(book, names.TBL_SETTINGS, names.H_VALUE, 0, "weak")
    result = xl("check", book, "--json")
    assert result.exit_code == 1
    verdict = json.loads(result.stdout.splitlines()[-1])
    assert (verdict["status"], verdict["data_sha"]) == ("fail", None)
    assert any(other in message for message in verdict["messages"]), verdict
    put(book, names.TBL_SETTINGS, names.H_VALUE, 0, "week")
    messages = json.loads(xl("check", book, "--json").stdout.splitlines()[-1])["messages"]
    assert len(messages) == 1
    assert messages[0].startswith(f"{place} (tv")
    assert "-120 is negative" in messages[0]
    spoken = xl("check", book)
    assert spoken.exit_code == 1
    assert place in spoken.stdout


def test_check_of_what_is_no_workbook(tmp_path):
    path = tmp_path / "notes.xlsx"
    path.write_text("hello")
    result = xl("check", path, "--json")
    assert result.exit_code == 1
    assert json.loads(result.stdout.splitlines()[-1])["status"] == "fail"
    assert xl("check", path).exit_code == 1


def test_a_statistical_failure_is_a_review_of_readable_data(book):
    found = read_book(book).tables[names.TBL_DATA]
    column = place_name(found.first_row, found.first_column + found.headers.index("search"))[:-1]
    cells = {f"{column}{found.first_row + i}": 500.0 for i in range(found.n_rows)}
    write_cells(book, {found.sheet: cells})
    verdict = json.loads(xl("check", book, "--json").stdout.splitlines()[-1])
    assert verdict["status"] == "review"
    assert any("search is 500 in every week" in message for message in verdict["messages"])
    assert verdict["data_sha"]
    run = xl("run", book)
    assert run.exit_code == 1
    assert run.stderr.startswith(f"{found.sheet}!{column}{found.first_row - 1}: search")


# ---------------------------------------------------------------- run


def test_run_writes_results_method_seed_and_log(built, fitted):
    fitted, _ = fitted
    assert (setting(fitted, names.SET_METHOD), setting(fitted, names.SET_SEED)) == ("ridge", 7.0)
    assert setting(built, names.SET_METHOD) == "ols"
    inputs = read_book(fitted)
    rows = job.log_rows(inputs, job.built_layout(inputs))
    assert [(row.method, row.version) for row in rows] == [("ridge", __version__)]
    assert xl("check", fitted, "--json").exit_code == 0


def test_run_prints_one_screen_of_findings(fitted):
    _, result = fitted
    assert result.stderr == ""
    for word in ("tv", "search", "ROI", "90% stability range", "next unit returns", "optimized spend", "Checks:"):
        assert word in result.stdout
    assert len(result.stdout.splitlines()) < 45


def test_a_kpi_without_revenue_shows_the_range_of_its_cost(source, tmp_path):
    out = tmp_path / "book.xlsx"
    roles = Roles("week", "sales", ("tv", "search"), controls=("price",), revenue_per_kpi=None)
    new_book(out, source, roles, settings={names.SET_METHOD: "ols", names.SET_DRAWS: 20.0})
    result = xl("run", out, "--out", tmp_path / "results.xlsx")
    assert result.exit_code == 0, result.output
    assert "cost per KPI" in result.stdout
    for channel in ("tv", "search"):
        row = next(line for line in result.stdout.splitlines() if line.startswith(channel))
        assert re.search(r"\d+ +[\d.,]+ to [\d.,]+ ", row), row


def test_a_budget_no_plan_can_keep_leaves_its_column_blank(book):
    table = read_book(book).tables[names.TBL_SETTINGS]
    rows = [table.get(row, names.H_SETTING) for row in range(table.n_rows)]
    put(book, names.TBL_SETTINGS, names.H_VALUE, rows.index(names.SET_BUDGET), 1.0)
    result = xl("run", book)
    assert result.exit_code == 0, result.output
    assert "No plan can keep all limits at once" in result.stdout
    assert "nan" not in result.stdout


def test_a_choice_read_after_a_remark_is_told_by_check_and_run(book):
    lag = put(book, names.TBL_CHANNELS, names.H_MAX_LAG, 0, 3.0)
    told = json.loads(xl("check", book, "--json").stdout.splitlines()[-1])
    assert told["status"] == "review"
    ran = xl("run", book)
    assert ran.exit_code == 0, ran.output
    for said in (" ".join(told["messages"]), ran.stdout):
        assert f"{lag} (Max lag, tv): A last week (3) changes nothing" in said


def test_regions_prints_the_plan_by_region_and_refuses_national_books(source, tmp_path, book):
    north = pd.read_csv(source, sep=";", decimal=",", encoding="utf-8-sig").assign(region="North")
    south = north.assign(region="South", sales=north["sales"] * 0.5, tv=north["tv"].iloc[::-1].to_numpy() * 0.4)
    pd.concat([north, south]).to_csv(tmp_path / "panel.csv", index=False)
    panel = tmp_path / "regional.xlsx"
    made = xl("new", panel, "--from", tmp_path / "panel.csv", *NEW, "--geo", "region")
    assert made.exit_code == 0, made.output
    put(panel, names.TBL_SETTINGS, names.H_VALUE, list(names.SETTING).index(names.SET_METHOD), "ols")
    put(panel, names.TBL_SETTINGS, names.H_VALUE, list(names.SETTING).index(names.SET_DRAWS), 20.0)
    before, out = panel.read_bytes(), tmp_path / "planned.xlsx"
    result = xl("regions", panel, "--out", out)
    assert result.exit_code == 0, result.output
    assert panel.read_bytes() == before
    assert result.stdout.startswith("Planned by region and channel, ")
    shown = [line.split("  ")[0] for line in result.stdout.splitlines()]
    assert {"region", "North", "South", names.ALL_REGIONS} <= set(shown)
    refused = xl("regions", book)
    assert refused.exit_code == 1
    assert "xl-mmm new --geo HEADER" in refused.stderr


def test_a_demo_without_a_folder_to_write_in(tmp_path):
    (tmp_path / "file").write_text("")
    result = xl("demo", "--out", tmp_path / "file" / "demo")
    assert result.exit_code == 1
    assert "cannot be made" in result.stderr


def test_run_in_place_keeps_the_file_twice_is_once_and_another_method_adds_a_log_row(book, tmp_path):
    before = book.read_bytes()
    first = xl("run", book)
    assert first.exit_code == 0
    assert "is kept at" in first.stdout
    kept = (tmp_path / "kept").rglob("*.xlsx")
    assert [path.read_bytes() for path in kept] == [before]
    once = book.read_bytes()
    assert xl("run", book).exit_code == 0
    assert book.read_bytes() == once
    assert xl("run", book, "--method", "lasso").exit_code == 0
    inputs = read_book(book)
    assert [row.method for row in job.log_rows(inputs, job.built_layout(inputs))] == ["ols", "lasso"]


def test_run_refuses_faulty_input_and_writes_nothing(book, tmp_path):
    place = put(book, names.TBL_DATA, "sales", 3, "n/a")
    result = xl("run", book, "--out", tmp_path / "out.xlsx")
    assert result.exit_code == 1
    assert place in result.stderr
    assert not (tmp_path / "out.xlsx").exists()


def test_run_refuses_a_book_that_changed_meanwhile(book, monkeypatch):
    real = job.fit

    def fit_while_someone_types(*arguments, **options):
        put(book, names.TBL_DATA, "tv", 0, 123.0)
        return real(*arguments, **options)

    monkeypatch.setattr(job, "fit", fit_while_someone_types)
    result = xl("run", book)
    assert result.exit_code == 1
    assert "the workbook changed since" in result.stderr
    monkeypatch.undo()


def test_run_refuses_a_book_built_for_other_controls(book):
    put(book, names.TBL_CONTROLS, names.H_CONTROL, 0, None)
    result = xl("run", book)
    assert result.exit_code == 1
    assert "is a change of no control of this workbook" in result.stderr  # the tables of plans have its column
    assert "Scenarios!" in result.stderr


# ---------------------------------------------------------------- ours, and progress


def test_our_own_faults_are_code_3_with_a_log_and_no_traceback(book, tmp_path, monkeypatch):
    def broken(*_: object, **__: object) -> None:
        raise ZeroDivisionError("inner detail")

    monkeypatch.setattr(job, "run_book", broken)
    monkeypatch.setattr("platformdirs.user_log_path", lambda *_: tmp_path / "logs")
    result = xl("run", book)
    assert result.exit_code == 3
    assert "Traceback" not in result.output
    assert "ZeroDivisionError" in result.stderr
    (log,) = (tmp_path / "logs").iterdir()
    assert str(log) in result.stderr.replace("\n", "")
    assert "inner detail" in log.read_text()
    with pytest.raises(ZeroDivisionError):
        CliRunner().invoke(cli.app, ["--traceback", "run", str(book)], catch_exceptions=False)


def test_our_own_fault_in_check_still_ends_in_json(book, tmp_path, monkeypatch):
    monkeypatch.setattr(job, "check_book", lambda _: 1 / 0)
    monkeypatch.setattr("platformdirs.user_log_path", lambda *_: tmp_path / "logs")
    result = xl("check", book, "--json")
    assert result.exit_code == 3
    assert json.loads(result.stdout.splitlines()[-1])["status"] == "fail"


def test_many_faults_are_one_line_each(monkeypatch, book):
    def faulty(_: Path) -> None:
        raise CellError(["Data!B7: one.", "Data!B8: two."])

    monkeypatch.setattr(job, "check_book", faulty)
    assert xl("check", book).stderr.splitlines() == ["Data!B7: one.", "Data!B8: two."]


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_a_bar_on_a_terminal(monkeypatch):
    terminal = Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)
    with progress_bar("Fitting x") as progress:
        assert progress is not None
        progress(10, 20)
    assert "Fitting x" in terminal.getvalue()
    assert "50 %" in terminal.getvalue()


def test_functions_prints_the_reference_and_doctor_judges(tmp_path: Path) -> None:
    listed = xl("functions", "--out", tmp_path / "list.md")
    assert listed.exit_code == 0
    assert (tmp_path / "list.md").read_text(encoding="utf-8") + "\n" == xl("functions").stdout
    judged = xl("doctor")
    assert "Doctor: " in judged.stdout
    assert judged.exit_code == int("FAIL " in judged.stdout and "0 FAIL" not in judged.stdout)


def test_addin_writes_an_extension(tmp_path: Path) -> None:
    made = xl("addin", tmp_path / "xl_mmm.oxt")
    assert made.exit_code == 0
    assert (tmp_path / "xl_mmm.oxt").read_bytes().startswith(b"PK")


def test_new_makes_a_live_book_and_one_with_buttons(tmp_path: Path, source: Path) -> None:
    for name, more in (("live.xlsm", []), ("mac.xlsm", ["--buttons"])):
        assert xl("new", tmp_path / name, "--from", source, *NEW, *more).exit_code == 0
        assert xl("check", tmp_path / name).exit_code == 0


def test_publish_makes_a_copy_of_values_once(fitted, tmp_path):
    out = tmp_path / "board.xlsx"
    result = xl("publish", fitted[0], "--out", out)
    assert result.exit_code == 0, result.output
    assert "largest error found" in result.stdout
    made = out.read_bytes()
    again = xl("publish", fitted[0], "--out", out)
    assert again.exit_code == 1
    assert again.stderr.startswith("'board.xlsx' is there already.")
    assert out.read_bytes() == made
    assert xl("publish", fitted[0], "--out", out, "--force").exit_code == 0
