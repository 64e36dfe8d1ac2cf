"""The buttons: the genuine module against a stand-in workbook, with real worker processes."""

from __future__ import annotations

import dataclasses
import json
import os
import signal
import time
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import xlwings

from tests.book.sample import sample_inputs
from tests.hosts.excel_stand_in import Book, RefusedError, Table
from xl_mmm.book import files
from xl_mmm.book.reports import CheckReport
from xl_mmm.book.template import VALUES, build_book
from xl_mmm.book.vba.buttons import BUTTONS, SAVE_COPY
from xl_mmm.errors import CellError
from xl_mmm.hosts import jobs, macros, open_book
from xl_mmm.hosts.worker import STOPPED
from xl_mmm.tables import names

if TYPE_CHECKING:
    from collections.abc import Iterator

# What the worker computes in most tests; the process, the lock, the progress and the files are the real ones.
COMPUTE = """
import sys, time
sys.path.append(sys.argv.pop(1))
from datetime import date
from pathlib import Path
from types import SimpleNamespace
from xl_mmm.book import job
from xl_mmm.book.vba.buttons import BUTTONS, SAVE_COPY
from xl_mmm.errors import CellError
from xl_mmm.hosts import worker

def compute(path, task, *, progress):
    assert path.read_bytes() == b"a workbook"
    go_on = path.parent.parent.parent.parent / "go on"
    progress(40, 200)
    {middle}
    cells = {{"ROI": {{"B7": 1.5, "C7": None, "B8": "=1+1", "C8": date(2024, 1, 1), "E7": True, "A20": ""}}}}
    return SimpleNamespace(cells=cells, headline=f"The {{task}} is done.", remarks=("tv, 2024-01-01: read as 0.",))

job.compute = compute
sys.exit(worker.main(sys.argv[1:]))
"""
WAITS = """while not go_on.exists():
        time.sleep(0.01)
        progress(41, 200)"""


@pytest.fixture
def book(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Book]:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    (tmp_path / "büro").mkdir()
    stand_in = Book(tmp_path / "büro" / "plan's book.xlsm")
    stand_in.path.write_bytes(b"as saved")
    stand_in.add_sheet(names.DATA, {"A1": "week", "B1": "tv", "B2": 5.0}, (names.TBL_DATA, "A1:B2"))
    stand_in.add_sheet(names.ROI).api.ProtectContents = True
    stand_in.add_sheet(names.START)
    monkeypatch.setattr(xlwings.Book, "caller", lambda: stand_in)
    yield stand_in
    stand_in.editing = False
    jobs.forget(stand_in.fullname)


@pytest.fixture
def worker(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Set what the worker does between its first word and its result."""

    def does(middle: str = "pass") -> None:
        monkeypatch.setattr(jobs, "PROGRAM", COMPUTE.format(middle=middle))

    return does


def go_on() -> None:
    (jobs.home("any").parent.parent / "go on").touch()


def wait_for(condition: Any) -> None:
    deadline = time.monotonic() + 20
    while not condition():
        assert time.monotonic() < deadline, "the worker does not get on"
        time.sleep(0.02)


def job_of(book: Book) -> jobs.Job:
    job = jobs.current(book.fullname)
    assert job is not None
    return job


def finish(book: Book) -> None:
    """Wait for the worker, then poll as Excel would."""
    job = job_of(book)
    wait_for(lambda: jobs.state(job) != jobs.RUNNING)
    macros.poll()


def written(book: Book) -> dict[str, Any]:
    return book.sheets[names.ROI].cells  # type: ignore[no-any-return]


# ---------------------------------------------------------------- the way of a fit


def test_a_fit_shows_its_progress_and_writes_once(book: Book, worker: Any) -> None:
    worker(WAITS)
    macros.fit()
    assert book.app.status_bar == "Fit: starting."
    wait_for(lambda: jobs.progress(job_of(book)) is not None)
    macros.poll()
    assert "of 200" in str(book.app.status_bar)
    assert not book.writes
    go_on()
    finish(book)
    assert written(book) == {"B7": 1.5, "C7": None, "B8": "=1+1", "C8": datetime(2024, 1, 1), "E7": True, "A20": None}
    assert [shape for _, _, shape in book.writes] == [(2, 2), (1, 1), (1, 1)]  # one call a block
    assert book.app.said == ["The fit is done.\ntv, 2024-01-01: read as 0."]
    assert jobs.current(book.fullname) is None


def test_excel_is_left_as_it_was(book: Book, worker: Any) -> None:
    worker()
    book.app.calculation = "semiautomatic"
    macros.optimize()
    finish(book)
    app, sheet = book.app, book.sheets[names.ROI]
    assert (app.status_bar, app.screen_updating, app.interactive) == (False, True, True)
    assert app.calculation == "semiautomatic"
    assert app.calculated == 1
    assert sheet.api.ProtectContents
    assert sheet.api.protected_with[:5] == ("", True, True, True, False)
    assert sheet.api.protected_with[5:8] == (False, True, False)  # columns could be formatted and still can
    assert book.path.read_bytes() == b"as saved"


def test_excel_polls_every_second_until_the_end(book: Book, worker: Any) -> None:
    worker(WAITS)
    macros.scenarios()
    macros.poll()
    assert book.polls_asked == 2
    go_on()
    wait_for(lambda: jobs.state(job_of(book)) == jobs.DONE)
    macros.poll()
    assert book.polls_asked == 2


def test_on_macos_the_process_itself_stays_and_looks(
    book: Book, worker: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    worker()
    monkeypatch.setattr(open_book, "ON_MAC", True)
    monkeypatch.setattr(macros, "_BETWEEN_POLLS", 0.01)
    monkeypatch.setattr(open_book, "_unlocked", lambda sheet: pytest.MonkeyPatch.context())
    book.sheets[names.ROI].api.ProtectContents = False
    macros.fit()
    assert book.macros_run[0][0] == SAVE_COPY
    assert written(book)["B7"] == 1.5
    assert not book.polls_asked


def test_the_workbook_is_kept_before_each_write(book: Book, worker: Any) -> None:
    worker()
    for _ in range(2):
        macros.fit()
        finish(book)
    (kept,) = files.backups(book.path)  # once: between the two presses nothing changed
    assert kept.read_bytes() == b"a workbook"  # as it stood in Excel, unsaved changes included


# ---------------------------------------------------------------- what stops it


def test_cancel_ends_the_worker_and_writes_nothing(book: Book, worker: Any) -> None:
    worker(WAITS)
    macros.fit()
    job = job_of(book)
    wait_for(lambda: (job.folder / jobs.PID).exists())
    macros.cancel()
    assert not jobs.is_held(job.folder / jobs.ALIVE)
    assert not job.folder.exists()
    assert book.app.said == ["Fit stopped. Nothing was written."]
    go_on()
    macros.poll()
    assert not book.writes
    assert book.app.status_bar is False


@pytest.mark.parametrize("signaled", [True, False])
def test_cancel_ends_a_real_fit_by_bayes(book: Book, tmp_path: Path, signaled: bool) -> None:
    """The signal ends it at once; the flag alone, which a worker that starts has to see, ends it at its next word."""
    inputs = sample_inputs(208)
    settings = inputs.settings | {names.SET_METHOD: "bayes", names.SET_DRAWS: None}
    build_book(tmp_path / "real.xlsm", dataclasses.replace(inputs, settings=settings), VALUES)
    content = (tmp_path / "real.xlsm").read_bytes()

    def save_copy(path: Path) -> None:
        path.write_bytes(content)

    job = jobs.start(book.fullname, "copy.xlsm", "fit", "-", save_copy)
    child = jobs._children[job.folder]
    wait_for(lambda: jobs.progress(job) is not None)
    if signaled:
        jobs.forget(book.fullname)
    else:
        (job.folder / jobs.STOP).touch()
    assert child.wait(timeout=20) == (-signal.SIGTERM if signaled else STOPPED)
    assert not jobs.is_held(job.folder / jobs.ALIVE)
    assert not (job.folder / jobs.RESULT).exists()
    assert not (job.folder / jobs.FAULTS).exists()


def test_a_worker_of_an_earlier_process_is_ended_by_its_own_id(book: Book, worker: Any) -> None:
    worker(WAITS)
    macros.fit()
    job = job_of(book)
    wait_for(lambda: (job.folder / jobs.PID).exists())
    child = jobs._children.pop(job.folder)  # as a process that was started afresh would see it
    macros.cancel()
    assert child.wait(timeout=20) == -signal.SIGTERM


def test_cancel_with_nothing_to_cancel(book: Book) -> None:
    macros.cancel()
    assert book.app.said == ["Nothing is running."]


def test_a_changed_input_is_never_answered_by_old_results(book: Book, worker: Any) -> None:
    worker(WAITS)
    macros.fit()
    book.sheets[names.DATA].cells["B2"] = 6.0
    go_on()
    finish(book)
    assert book.app.said == [macros.CHANGED]
    assert not book.writes
    assert jobs.current(book.fullname) is None


def test_results_never_go_into_an_input_table(book: Book, worker: Any) -> None:
    worker()
    sheet = book.sheets[names.ROI]
    sheet.tables.append(Table(names.TBL_LIFT_TESTS, sheet, "A1:B8"))  # moved there by somebody
    macros.fit()
    finish(book)
    assert book.app.said == ["ROI!B7 belongs to an input table; nothing was written."]
    assert not book.writes


def test_a_new_scenario_goes_into_blank_cells_and_never_over_others(book: Book, worker: Any) -> None:
    sheet = book.add_sheet(names.SCENARIOS, {"A1": "Scenario", "A2": "Today"}, (names.TBL_SCENARIOS, "A1:B4"))
    refused = {names.SCENARIOS: {"A3": "Optimized 1", "A2": "Mine"}}
    with pytest.raises(CellError, match="Scenarios!A2 belongs to an input table; nothing was written"):
        open_book.refuse_inputs(book, refused)
    open_book.refuse_inputs(book, {names.SCENARIOS: {"A3": "Optimized 1", "B3": 5.0}})
    assert sheet.cells["A2"] == "Today"
    with pytest.raises(CellError, match="Data!B1 belongs"):
        open_book.refuse_inputs(book, {names.DATA: {"B1": 1.0}})
    book.sheets[names.DATA].cells.pop("A2", None)
    with pytest.raises(CellError, match="Data!A2 belongs"):  # blank, but not the scenarios'
        open_book.refuse_inputs(book, {names.DATA: {"A2": 1.0}})


def test_a_fault_of_the_workbook_is_told_in_its_own_words(book: Book, worker: Any) -> None:
    worker("raise CellError(['Data!D17: -120 is negative.', 'Data!D18: blank.'])")
    macros.fit()
    finish(book)
    assert book.app.said == ["Data!D17: -120 is negative.\nData!D18: blank.\n\nNothing was written."]


def test_a_crash_is_told_from_its_log(book: Book, worker: Any) -> None:
    worker("raise ZeroDivisionError('of our own')")
    macros.fit()
    finish(book)
    (said,) = book.app.said
    assert "ZeroDivisionError: of our own" in said
    assert said.endswith("Nothing was written.")
    assert "Traceback" in (jobs.home(book.fullname) / jobs.LOG).read_text()
    assert not book.writes


@pytest.mark.parametrize("middle", ["import os; os.kill(os.getpid(), 9)", "import os; os._exit(9)"])
def test_a_worker_that_dies_without_a_word(book: Book, worker: Any, middle: str) -> None:
    worker(middle)
    macros.fit()
    finish(book)
    assert "it left no word" in book.app.said[0]


def test_a_worker_that_does_not_start(book: Book, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jobs, "PROGRAM", "import no_such_module")
    macros.fit()
    finish(book)
    assert "no_such_module" in book.app.said[0]


def test_modules_planted_beside_the_workbook_never_run(
    book: Book, worker: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("numpy", "statsmodels", "xl_mmm", "json"):
        (book.path.parent / f"{name}.py").write_text("raise SystemExit('PLANTED')\n")
    monkeypatch.chdir(book.path.parent)
    monkeypatch.setenv("PYTHONPATH", str(book.path.parent))
    worker()
    macros.fit()
    finish(book)
    assert written(book)["B7"] == 1.5


# ---------------------------------------------------------------- Excel busy, pressed twice, left behind


def test_while_a_cell_is_edited_it_tries_again(book: Book, worker: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    worker()
    macros.fit()
    wait_for(lambda: jobs.state(job_of(book)) == jobs.DONE)
    waited: list[float] = []

    def wait(seconds: float) -> None:
        waited.append(seconds)
        book.editing = len(waited) < 3

    monkeypatch.setattr(macros.time, "sleep", wait)
    book.editing = True
    macros.poll()
    assert len(waited) == 3
    assert written(book)["B7"] == 1.5


def test_a_press_that_excel_does_not_allow_does_nothing(book: Book) -> None:
    book.editing = True
    macros.fit()
    assert not book.app.said


def test_a_write_that_was_interrupted_is_completed(book: Book, worker: Any) -> None:
    worker()
    macros.fit()
    wait_for(lambda: jobs.state(job_of(book)) == jobs.DONE)
    book.refuse_after = 1
    macros.poll()
    assert job_of(book).writing
    assert "E7" not in written(book)
    book.sheets[names.DATA].cells["B2"] = 7.0  # too late to stop: half of the results stand already
    macros.poll()
    assert written(book)["E7"] is True
    assert book.app.said == ["The fit is done.\ntv, 2024-01-01: read as 0."]


def test_a_second_press_says_so(book: Book, worker: Any) -> None:
    worker(WAITS)
    macros.fit()
    first = job_of(book)
    wait_for(lambda: jobs.progress(first) is not None)
    macros.optimize()
    assert job_of(book) == first
    assert book.app.said[0].endswith("It is still running; wait for it, or press Cancel first.")
    assert book.polls_asked == 1  # it is polled already


def test_a_press_takes_up_work_that_nobody_polls(book: Book, worker: Any) -> None:
    worker()
    macros.fit()
    job = job_of(book)
    wait_for(lambda: jobs.state(job) == jobs.DONE)
    os.utime(job.folder / jobs.POLLED, (0, 0))  # Excel was closed and opened again
    macros.fit()
    assert written(book)["B7"] == 1.5


def test_what_a_dead_process_left_behind_is_no_obstacle(book: Book, worker: Any) -> None:
    folder = jobs.home(book.fullname) / "abc"
    folder.mkdir(parents=True)
    (folder / jobs.PID).write_text(str(os.getpid()))  # an id that belongs to somebody else by now
    (folder / jobs.ALIVE).touch()
    record = {"folder": "abc", "task": "fit", "copy": "x.xlsm", "inputs": "", "writing": False}
    (jobs.home(book.fullname) / jobs.JOB).write_text(json.dumps(record))
    assert jobs.state(job_of(book)) == jobs.FAILED
    worker()
    macros.fit()
    finish(book)
    assert written(book)["B7"] == 1.5
    assert not folder.exists()


def test_a_damaged_memory_is_no_memory(book: Book) -> None:
    jobs.home(book.fullname).mkdir(parents=True)
    (jobs.home(book.fullname) / jobs.JOB).write_text("{")
    macros.poll()
    assert book.app.status_bar is False


# ---------------------------------------------------------------- quick work


def test_check_goes_to_the_first_faulty_cell(book: Book, monkeypatch: pytest.MonkeyPatch) -> None:
    messages = ["The file is odd.", *(f"Data!B{row} (tv): -1 is negative." for row in range(2, 16))]

    def checked(path: Path) -> CheckReport:
        assert path.read_bytes() == b"a workbook"
        assert path.name == book.name
        return CheckReport(path, "fail", tuple(messages), None, ())

    monkeypatch.setattr("xl_mmm.book.job.check_book", checked)
    macros.check()
    assert book.selected == "Data!B2"
    (said,) = book.app.said
    assert said.startswith("Data: FAIL")
    assert said.endswith("... and 5 more.")


def test_check_of_sound_data(book: Book, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("xl_mmm.book.job.check_book", lambda path: CheckReport(path, "pass", (), "x", ()))
    macros.check()
    assert book.app.said == ["Data: PASS. Every rule and every check of the data holds."]


def test_the_pdf_holds_the_sheets_for_readers(book: Book) -> None:
    book.path.with_suffix(".pdf").touch()
    macros.export_pdf()
    assert book.printed == (str(book.path.with_name("plan's book 2.pdf")), [names.START])


def test_restore_opens_the_backup_beside_the_book(book: Book) -> None:
    files.back_up(book.path, b"as it was")
    macros.restore()
    (opened,) = book.app.books.opened
    assert Path(opened).read_bytes() == b"as it was"
    assert Path(opened).name.startswith("plan's book as of ")
    assert book.path.read_bytes() == b"as saved"


def test_regions_need_their_sheet(book: Book, worker: Any) -> None:
    macros.regions()
    assert "The book has no sheet Regions" in book.app.said[0]
    assert jobs.current(book.fullname) is None
    worker()
    book.add_sheet(names.REGIONS)
    macros.regions()
    finish(book)
    assert book.app.said[-1].startswith("The regions is done.")


def test_restore_asks_first_and_may_find_nothing(book: Book) -> None:
    macros.restore()
    assert f"There is no backup of {book.name} yet" in book.app.said[0]
    files.back_up(book.path, b"as it was")
    book.app.answer = "no"
    macros.restore()
    assert not book.app.books.opened


def test_help_names_pages_that_exist(book: Book) -> None:
    macros.help()
    pages = [line for line in book.app.said[0].splitlines() if line.endswith(".md")]
    assert pages
    assert all(Path(page).exists() for page in pages)


def test_a_workbook_without_a_folder_is_refused(book: Book, monkeypatch: pytest.MonkeyPatch) -> None:
    for path in (Path("Book1"), Path("https://d.docs.live.net/x/book.xlsm")):
        book.path = path
        macros.fit()
        assert "Save it into a local folder first." in book.app.said[-1]
        assert jobs.current(book.fullname) is None


def test_our_own_errors_become_a_sentence_and_a_log(book: Book, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(book, "to_pdf", lambda *_, **__: 1 / 0)
    macros.export_pdf()
    (said,) = book.app.said
    assert said.startswith("xl_mmm failed on its own account (ZeroDivisionError). Details: ")
    assert "1 / 0" in Path(said.partition("Details: ")[2]).read_text()


# ---------------------------------------------------------------- pieces


def test_every_button_has_its_function() -> None:
    assert all(callable(getattr(macros, button.function)) for button in BUTTONS)


def test_cells_gather_into_blocks_without_holes() -> None:
    cells = {"B2": 1.0, "C2": 2.0, "B3": 3.0, "C3": 4.0, "B4": 5.0, "E2": 6.0, "AA3": 7.0}
    found = open_book.blocks(cells)
    assert (2, 2, [[1.0, 2.0], [3.0, 4.0]]) in found
    assert sum(len(rows) * len(rows[0]) for _, _, rows in found) == len(cells)
    assert len(found) == 4


@pytest.mark.parametrize("text", ["=1+1", "@x", "-2+3|cmd", "1-2", "TRUE", "it's", "'"])
def test_text_stays_text(text: str) -> None:
    assert open_book.as_typed(text) == f"'{text}"


@pytest.mark.parametrize("value", [None, 0.0, False, 1.5, datetime(2024, 1, 1)])
def test_other_values_go_in_as_they_are(value: Any) -> None:
    assert open_book.as_typed(value) is value


def test_refusals_are_told_from_errors() -> None:
    wrapped = ValueError()
    wrapped.excepinfo = (0, None, None, None, 0, -2146777998)  # type: ignore[attr-defined]
    wrapped.hresult = -2147352567  # type: ignore[attr-defined]
    real = ValueError()
    real.excepinfo = (0, None, None, None, 0, -2146827284)  # type: ignore[attr-defined]
    assert open_book.is_refused(RefusedError())
    assert open_book.is_refused(wrapped)
    assert not open_book.is_refused(real)
    assert not open_book.is_refused(CellError("no"))
