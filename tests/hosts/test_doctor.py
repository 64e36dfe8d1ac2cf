"""The doctor: each set-up pain on a computer described for it, and the setting up of a workbook."""

from __future__ import annotations

import sys
import zipfile
from dataclasses import replace
from pathlib import Path

import pytest
import xlsxwriter
import xlwings

from xl_mmm.book.conf_sheet import CONF, conf_rows, read_conf
from xl_mmm.book.contents import open_book
from xl_mmm.book.gate import pass_gate
from xl_mmm.book.vba import PROJECT
from xl_mmm.diagnostics.check import FAIL, PASS, REVIEW, Check
from xl_mmm.hosts import doctor, setup
from xl_mmm.hosts.machine import LINUX, MAC, PACKAGES, WINDOWS, Machine, this_machine


@pytest.fixture(autouse=True)
def own_folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))


@pytest.fixture
def windows(tmp_path: Path) -> Machine:
    """A sound Windows computer; its folders are real, so that files can be put there."""
    prefix = tmp_path / "project" / ".venv"
    packages = prefix / "Lib" / "site-packages"
    packages.mkdir(parents=True)
    (packages / doctor.GUARD).touch()
    (prefix / f"xlwings64-{xlwings.__version__}.dll").touch()
    origins = {name: packages / name / "__init__.py" for name in PACKAGES}
    (tmp_path / "home").mkdir()
    return Machine(
        WINDOWS, (3, 13), 64, prefix / "Scripts" / "python.exe", prefix, tmp_path / "Python313", tmp_path / "project",
        origins, xlwings.__version__, tmp_path / "home", tmp_path / "home" / "Documents", tmp_path / "temp", {},
        50_000_000_000, r"C:\Program Files\Microsoft Office\root\Office16\EXCEL.EXE", None,
    )  # fmt: skip


def live_book(path: Path, rows: list[tuple[str, str | bool]] | None = None, *, project: Path | None = PROJECT) -> Path:
    with xlsxwriter.Workbook(path) as book:
        book.add_worksheet("Data")
        page = book.add_worksheet(CONF)
        for i, (key, value) in enumerate(conf_rows() if rows is None else rows):
            page.write(i, 0, key)
            if value != "":
                page.write(i, 1, value)
        if project is not None:
            book.add_vba_project(str(project))
    return path


def statuses(checks: list[Check]) -> dict[str, str]:
    return {check.name: check.status for check in checks if check.status != PASS}


# ---------------------------------------------------------------- the computer


def test_a_sound_windows_computer_passes(windows: Machine) -> None:
    checks = doctor.run_doctor(machine=windows)
    assert statuses(checks) == {}
    assert len({check.name for check in checks}) == len(checks)


def test_this_computer_passes_where_it_must() -> None:
    checks = {check.name: check for check in doctor.run_doctor()}
    for name in ("Python", "Packages", "xlwings"):
        assert checks[name].status == PASS, checks[name]


def test_what_does_not_apply_says_so(windows: Machine) -> None:
    linux = replace(windows, system=LINUX, excel=None)
    told = [check.message for check in doctor.run_doctor(machine=linux) if "Does not apply" in check.message]
    assert len(told) == 5
    assert statuses(doctor.run_doctor(machine=linux)) == {}


@pytest.mark.parametrize(
    ("name", "status", "change"),
    [
        ("Python", FAIL, {"version": (3, 10)}),
        ("Python", FAIL, {"bits": 32}),
        ("Where Python comes from", FAIL,
         {"base_prefix": Path(r"C:\Program Files\WindowsApps\PythonSoftwareFoundation.Python.3.13_x64")}),
        ("Where Python comes from", REVIEW, {"variables": {"CONDA_PREFIX": "x"}}),
        ("Python's variables", FAIL, {"variables": {"PYTHONPATH": "x"}}),
        ("Packages", FAIL, {"origins": {"numpy": Path("/elsewhere/numpy.py")}}),
        ("Packages", FAIL, {"origins": {"numpy": None}}),
        ("Excel", REVIEW, {"excel": ""}),
        ("Excel", FAIL, {"excel": r"C:\Program Files\WindowsApps\Microsoft.Office.Desktop\EXCEL.EXE"}),
        ("xlwings", FAIL, {"xlwings_version": "0.36.1"}),
        ("Free disk space", REVIEW, {"free_bytes": 10_000_000}),
    ],
)  # fmt: skip
def test_each_pain_is_told_with_its_remedy(
    name: str, status: str, change: dict[str, object], windows: Machine
) -> None:
    found = {check.name: check for check in doctor.run_doctor(machine=replace(windows, **change))}  # type: ignore[arg-type]
    assert found[name].status == status
    assert found[name].action
    assert found[name].action in doctor.as_text([found[name]])


def test_an_environment_that_is_none(windows: Machine) -> None:
    assert doctor.own_environment(replace(windows, base_prefix=windows.prefix)).status == REVIEW


def test_conda_is_known_by_its_folder(windows: Machine) -> None:
    (windows.base_prefix / "conda-meta").mkdir(parents=True)
    assert doctor.python_origin(windows).status == FAIL


def test_the_dll_must_carry_the_version(windows: Machine) -> None:
    dll = windows.prefix / f"xlwings64-{xlwings.__version__}.dll"
    dll.rename(dll.with_name("xlwings64-0.36.1.dll"))
    check = doctor.dll(windows)
    assert (check.status, "virus scanner" in check.action) == (FAIL, True)


def test_without_the_guard_a_planted_module_could_run(windows: Machine) -> None:
    next(windows.prefix.rglob(doctor.GUARD)).unlink()
    assert doctor.start_guard(windows).status == FAIL


def test_a_damaged_cache_and_odd_lines_in_the_configuration(windows: Machine) -> None:
    (windows.cache / "gen_py" / "3.13" / "00020813-0000-0000-C000-000000000046x0x1x9").mkdir(parents=True)
    assert doctor.com_cache(windows).status == REVIEW
    file = windows.home / ".xlwings" / "xlwings.conf"
    file.parent.mkdir()
    file.write_text('"INTERPRETER_WIN","x"\n\n"PYTHONPATH",""\n')
    assert doctor.user_configuration(windows).status == REVIEW
    file.write_text('"INTERPRETER_WIN","x"\n')
    assert doctor.user_configuration(windows).status == PASS


@pytest.mark.parametrize(("folder", "status"), [("Zoë", REVIEW), ("R&D", FAIL), ("plain", PASS)])
def test_the_path_of_the_environment(folder: str, status: str, windows: Machine) -> None:
    assert doctor.plain_folders(replace(windows, prefix=Path("/c") / folder / ".venv")).status == status


def test_a_project_in_the_cloud(windows: Machine) -> None:
    cloudy = replace(windows, variables={"OneDrive": str(windows.package_root)})
    assert doctor.plain_folders(cloudy).status == REVIEW


def test_macos_needs_its_script(windows: Machine) -> None:
    mac = replace(windows, system=MAC, excel="/Applications/Microsoft Excel.app")
    assert "runpython install" in doctor.applescript(mac).action
    folder = mac.home / "Library/Application Scripts/com.microsoft.Excel"
    folder.mkdir(parents=True)
    (folder / f"xlwings-{xlwings.__version__}.applescript").touch()
    assert doctor.applescript(mac).status == PASS


def test_a_failure_of_a_function_is_shown(windows: Machine) -> None:
    from xl_mmm.hosts.failures import log_file

    assert doctor.failures(windows).status == PASS
    log_file().parent.mkdir(parents=True, exist_ok=True)
    log_file().write_text("FAILED 2026-01-01 MMM_ROI(3 x 1)\nTraceback\n")
    assert doctor.failures(windows).message == "FAILED 2026-01-01 MMM_ROI(3 x 1)"


# ---------------------------------------------------------------- the workbook


def test_a_workbook_that_was_set_up_passes(windows: Machine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    book = live_book(tmp_path / "plan.xlsm")
    monkeypatch.setattr(sys, "prefix", str(windows.prefix))  # doctor runs in the environment that the book names
    setup.set_up(book, windows)
    assert statuses(doctor.run_doctor(book, windows)) == {}


def test_a_blank_interpreter_starts_nothing(windows: Machine, tmp_path: Path) -> None:
    checks = doctor.run_doctor(live_book(tmp_path / "plan.xlsm"), windows)
    assert statuses(checks) == {f"Sheet {CONF}": FAIL}


def test_missing_keys_and_foreign_values_fail(windows: Machine, tmp_path: Path) -> None:
    rows = [("INTERPRETER_WIN", r"C:\evil\python.exe") if key == "INTERPRETER_WIN" else (key, value)
            for key, value in conf_rows() if key != "CONDA ENV"]  # fmt: skip
    found = {check.name: check for check in doctor.run_doctor(live_book(tmp_path / "plan.xlsm", rows), windows)}
    assert "CONDA ENV" in found[f"Sheet {CONF}"].message
    assert "evil" in found["Trust"].message
    assert (found[f"Sheet {CONF}"].status, found["Trust"].status) == (FAIL, FAIL)


def test_a_configuration_beside_the_book_is_read_too(windows: Machine, tmp_path: Path) -> None:
    (tmp_path / CONF).write_text('"PYTHONPATH","/evil"\n')
    assert statuses(doctor.run_doctor(live_book(tmp_path / "b.xlsm"), windows))["Trust"] == FAIL


def test_planted_modules_are_named(windows: Machine, tmp_path: Path) -> None:
    book = live_book(tmp_path / "plan.xlsm")
    (tmp_path / "statsmodels.py").touch()
    (tmp_path / "notes.py").touch()
    check = doctor.planted(book)
    assert check.status == REVIEW
    assert "statsmodels.py" in check.message
    assert "notes.py" not in check.message


def test_macros_of_another_xlwings_fail(tmp_path: Path) -> None:
    book = live_book(tmp_path / "plan.xlsm", project=None)
    with zipfile.ZipFile(book, "a") as file:
        file.writestr("xl/vbaProject.bin", b"nothing that can be read")
    check = doctor.macros(open_book(pass_gate(book)))
    assert check.status == FAIL
    assert "(unknown)" in check.message


def test_a_book_of_values_needs_no_configuration(windows: Machine, tmp_path: Path) -> None:
    book = tmp_path / "values.xlsx"
    with xlsxwriter.Workbook(book) as made:
        made.add_worksheet()
    assert statuses(doctor.run_doctor(book, windows)) == {}


def test_a_file_that_is_no_workbook(windows: Machine, tmp_path: Path) -> None:
    (tmp_path / "b.xlsm").write_text("no")
    assert statuses(doctor.run_doctor(tmp_path / "b.xlsm", windows)) == {"Workbook": FAIL}


def test_a_book_in_the_cloud(windows: Machine, tmp_path: Path) -> None:
    cloudy = replace(windows, variables={"OneDrive": str(tmp_path)})
    assert doctor.location(cloudy, live_book(tmp_path / "b.xlsm")).status == REVIEW


def test_a_download_carries_its_mark(windows: Machine, tmp_path: Path) -> None:
    book = live_book(tmp_path / "b.xlsm")
    Path(f"{book}:Zone.Identifier").write_text("[ZoneTransfer]\nZoneId=3\n")  # a stream of the file, on Windows
    assert "Unblock" in doctor.location(windows, book).action


def test_the_report_counts(windows: Machine) -> None:
    text = doctor.as_text(doctor.run_doctor(machine=replace(windows, free_bytes=0)))
    assert text.endswith(f"Doctor: {len(doctor.MACHINE_CHECKS) - 1} PASS, 1 REVIEW, 0 FAIL")


# ---------------------------------------------------------------- setting up


@pytest.fixture
def shipped(windows: Machine) -> Machine:
    """The project's folder holds the shipped workbooks."""
    folder = windows.package_root / "workbook"
    folder.mkdir()
    for name in setup.SHIPPED.values():
        live_book(folder / name)
    return windows


def conf_of(book: Path) -> dict[str, object]:
    conf = read_conf(open_book(pass_gate(book)))
    assert conf is not None
    return conf


def test_the_shipped_book_is_placed_under_a_free_name(shipped: Machine) -> None:
    first, second = (setup.set_up(None, shipped) for _ in range(2))
    assert first == shipped.documents / "xl_mmm" / "xl_mmm.xlsm"
    assert second.name == "xl_mmm 2.xlsm"
    assert conf_of(first)["INTERPRETER_WIN"] == str(shipped.prefix / "Scripts" / "python.exe")
    assert conf_of(first)["INTERPRETER_MAC"] is None
    assert conf_of(shipped.package_root / "workbook" / "xl_mmm.xlsm")["INTERPRETER_WIN"] is None


@pytest.mark.parametrize("system", [WINDOWS, MAC])
def test_the_books_that_are_shipped_change_in_their_configuration_alone(system: str, windows: Machine) -> None:
    here = replace(windows, system=system, package_root=this_machine().package_root)
    before = parts(here.package_root / "workbook" / setup.SHIPPED[system])
    after = parts(setup.set_up(None, here))
    changed = {name for name in after if after[name] != before.get(name)}
    assert after.keys() == before.keys()
    assert len(changed) == 1
    assert str(windows.prefix).encode() in after[changed.pop()]


def parts(book: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(book) as file:
        return {name: file.read(name) for name in file.namelist()}


def test_documents_in_the_cloud_are_avoided(shipped: Machine) -> None:
    cloudy = replace(shipped, variables={"OneDrive": str(shipped.home / "Documents")})
    assert setup.set_up(None, cloudy).parent == shipped.home / "xl_mmm"


def test_macos_gets_the_values_workbook_with_buttons(shipped: Machine) -> None:
    book = setup.set_up(None, replace(shipped, system=MAC))
    assert book.name == setup.SHIPPED[MAC]
    assert conf_of(book)["INTERPRETER_MAC"] == str(shipped.prefix / "bin" / "python")


def test_a_colleagues_book_is_made_this_computers_own(shipped: Machine, tmp_path: Path) -> None:
    rows = [(key, "C:\\theirs\\python.exe" if key.startswith("INTERPRETER_") else value) for key, value in conf_rows()]
    book = live_book(tmp_path / "theirs.xlsm", rows)
    assert setup.main([str(book)], shipped) == setup.AT_FAULT  # sys.prefix of this test is not that environment
    assert conf_of(book)["INTERPRETER_WIN"] == str(shipped.prefix / "Scripts" / "python.exe")
    assert conf_of(book)["INTERPRETER_MAC"] is None


def test_setting_up_ends_with_the_doctor(
    shipped: Machine, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "prefix", str(shipped.prefix))
    assert setup.main([], shipped) == setup.DONE
    told = capsys.readouterr().out
    assert "0 FAIL" in told
    assert "Ready. Open " in told


def test_what_is_missing_is_named(windows: Machine, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert setup.main([], windows) == setup.AT_FAULT
    assert setup.main([str(tmp_path / "none.xlsm")], windows) == setup.AT_FAULT
    told = capsys.readouterr().out
    assert "xl_mmm.xlsm is missing" in told
    assert "none.xlsm" in told


def test_linux_gets_libreoffices_addin(shipped: Machine, capsys: pytest.CaptureFixture[str]) -> None:
    assert setup.main([], replace(shipped, system=LINUX, excel=None)) == setup.DONE
    assert {path.name for path in (shipped.documents / "xl_mmm").iterdir()} == {setup.ADDIN, "xl_mmm.xlsm"}
    assert "unopkg add" in capsys.readouterr().out


def test_the_machine_is_described_completely() -> None:
    here = this_machine()
    assert set(here.origins) == set(PACKAGES)
    assert here.free_bytes > 0
