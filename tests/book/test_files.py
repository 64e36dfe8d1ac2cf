"""The promise of the file layer: the old bytes or the complete new ones, whatever happens in between."""

from __future__ import annotations

import errno
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import xlsxwriter

from xl_mmm.book import files
from xl_mmm.book.writer import write_cells
from xl_mmm.errors import CellError

OLD, NEW = b"old " * 50_000, b"new " * 60_000
STEPS = ("open", "write", "fsync", "replace")


@pytest.fixture
def book(tmp_path: Path) -> Path:
    path = tmp_path / "plan.xlsx"
    path.write_bytes(OLD)
    return path


def names(folder: Path) -> list[str]:
    return sorted(entry.name for entry in folder.iterdir())


def test_a_file_is_replaced_whole_and_keeps_its_mode(book: Path) -> None:
    book.chmod(0o640)
    files.replace_file(book, NEW)
    assert book.read_bytes() == NEW
    assert book.stat().st_mode & 0o777 == 0o640
    assert names(book.parent) == ["plan.xlsx"]


@pytest.mark.parametrize("step", STEPS)
@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EDQUOT, errno.EACCES, errno.EIO])
def test_a_failure_at_any_step_leaves_the_old_file(
    book: Path, monkeypatch: pytest.MonkeyPatch, step: str, code: int
) -> None:
    def fail(*args: object, **kwargs: object) -> None:
        raise OSError(code, os.strerror(code))

    monkeypatch.setattr(files.os, step, fail)
    full = code in (errno.ENOSPC, errno.EDQUOT)
    with pytest.raises(CellError, match=r"disk full; nothing written\. Free space" if full else "cannot be written in"):
        files.replace_file(book, NEW)
    monkeypatch.undo()
    assert book.read_bytes() == OLD
    assert names(book.parent) == ["plan.xlsx"]


def test_a_disk_that_fills_half_way_leaves_the_old_file(book: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    genuine: Callable[[int, memoryview], int] = os.write
    left = [1000]

    def short(handle: int, data: memoryview) -> int:
        if not left[0]:
            raise OSError(errno.ENOSPC, "No space left on device")
        done = genuine(handle, data[: left[0]])
        left[0] -= done
        return done

    monkeypatch.setattr(files.os, "write", short)
    with pytest.raises(CellError, match="disk full"):
        files.replace_file(book, NEW)
    monkeypatch.undo()
    assert book.read_bytes() == OLD
    assert names(book.parent) == ["plan.xlsx"]


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no limit on a process's file sizes")
def test_a_real_size_limit_of_the_system_reads_as_disk_full(tmp_path: Path) -> None:
    workbook = make_book(tmp_path / "plan.xlsx")
    before = workbook.read_bytes()
    script = (
        "import resource, signal, sys\n"
        "from xl_mmm.book.writer import write_cells\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096))\n"
        "write_cells(sys.argv[1], {'Data': {'A1': 1}}, backup_dir=sys.argv[2])\n"
    )
    done = run(script, str(workbook), str(tmp_path / "backups"))
    assert done.returncode == 1
    assert "disk full; nothing written" in done.stderr
    assert workbook.read_bytes() == before
    assert names(tmp_path) == ["backups", "plan.xlsx"]
    assert write_cells(workbook, {"Data": {"A1": 1}}, backup_dir=tmp_path / "backups").backup is not None


KILLED_AT_EACH_STEP = """
import os, signal, sys
from pathlib import Path
from xl_mmm.book import files
from xl_mmm.book.writer import write_cells

workbook, backups = Path(sys.argv[1]), sys.argv[2]
old = workbook.read_bytes()


def write_and_die(step):
    left = [step]

    def deadly(name):
        genuine = getattr(os, name)

        def call(*args, **kwargs):
            left[0] -= 1
            if left[0] == 0:
                if name == "write":
                    genuine(args[0], args[1][: len(args[1]) // 2])
                os.kill(os.getpid(), signal.SIGKILL)
            return genuine(*args, **kwargs)

        setattr(files.os, name, call)

    for name in ("open", "write", "fsync", "replace", "link", "close"):
        deadly(name)
    write_cells(workbook, {"Data": {"A1": 1}}, backup_dir=backups)
    os._exit(0)


for step in range(1, 100):
    workbook.write_bytes(old)
    child = os.fork()
    if child == 0:
        write_and_die(step)
    status = os.waitpid(child, 0)[1]
    print(os.WTERMSIG(status), files.digest(workbook.read_bytes()))
    if status == 0:
        break
"""


@pytest.mark.skipif(sys.platform == "win32", reason="SIGKILL and fork are of POSIX systems")
def test_a_writer_killed_at_every_step_leaves_the_old_or_the_new_file(tmp_path: Path) -> None:
    workbook, copy = make_book(tmp_path / "plan.xlsx"), tmp_path / "copy.xlsx"
    copy.write_bytes(workbook.read_bytes())
    old = files.digest(workbook.read_bytes())
    new = write_cells(copy, {"Data": {"A1": 1}}, backup_dir=tmp_path / "other").sha
    done = run(KILLED_AT_EACH_STEP, str(workbook), str(tmp_path / "backups"))
    assert done.returncode == 0, done.stderr
    signals, shas = zip(*(line.split() for line in done.stdout.splitlines()), strict=True)
    assert set(signals[:-1]) == {str(int(signal.SIGKILL))}
    assert signals[-1] == "0"
    assert set(shas) == {old, new}
    assert list(shas) == sorted(shas, key=[old, new].index)  # once the new file stands, it stays
    assert len(shas) >= 20  # steps of one write: each was the last one once
    assert names(tmp_path) == ["backups", "copy.xlsx", "other", "plan.xlsx"]


def test_a_dead_process_leaves_no_lock_and_no_temporary_file_behind(tmp_path: Path) -> None:
    workbook = make_book(tmp_path / "plan.xlsx")
    gone = subprocess.Popen([sys.executable, "-c", ""])
    gone.wait()
    lock = tmp_path / f".plan.xlsx{files.LOCK_SUFFIX}"
    lock.write_text(json.dumps({"pid": gone.pid, "host": socket.gethostname()}))
    (tmp_path / f".plan.xlsx.0123{files.TEMPORARY_SUFFIX}").write_bytes(b"half")
    kept = tmp_path / f".other.xlsx.0123{files.TEMPORARY_SUFFIX}"
    kept.write_bytes(b"another book's")
    write_cells(workbook, {"Data": {"A1": 1}}, backup_dir=tmp_path / "backups")
    assert names(tmp_path) == [kept.name, "backups", "plan.xlsx"]


@pytest.mark.parametrize(
    ("owner", "message"),
    [
        ({"pid": os.getpid(), "host": socket.gethostname()}, "is being written by process"),
        ({"pid": 1, "host": "another-host"}, "process 1 on another-host"),
        ("", "an unknown process"),
    ],
)
def test_a_living_or_foreign_lock_is_respected(book: Path, owner: object, message: str) -> None:
    lock = book.parent / f".plan.xlsx{files.LOCK_SUFFIX}"
    lock.write_text(json.dumps(owner) if owner else "")
    with pytest.raises(CellError, match=message), files.locked(book):
        pass
    assert lock.exists()


def test_an_old_lock_without_an_owner_is_taken_over(book: Path) -> None:
    lock = book.parent / f".plan.xlsx{files.LOCK_SUFFIX}"
    lock.write_text("")
    past = time.time() - 10 * files.UNREADABLE_LOCK_AGE
    os.utime(lock, (past, past))
    with files.locked(book):
        assert json.loads(lock.read_text()) == {"pid": os.getpid(), "host": socket.gethostname()}
    assert not lock.exists()


def test_a_file_system_without_hard_links_is_locked_too(book: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def no_links(*args: object) -> None:
        raise OSError(errno.EPERM, "Operation not permitted")

    monkeypatch.setattr(files.os, "link", no_links)
    with files.locked(book), pytest.raises(CellError, match="is being written by process"), files.locked(book):
        pass
    assert names(book.parent) == ["plan.xlsx"]


def test_the_lock_goes_when_the_work_fails(book: Path) -> None:
    with pytest.raises(ZeroDivisionError), files.locked(book):
        raise ZeroDivisionError
    assert names(book.parent) == ["plan.xlsx"]


def test_one_backup_a_session_and_it_restores_the_very_bytes(tmp_path: Path) -> None:
    workbook = make_book(tmp_path / "plan.xlsx")
    users, backups = workbook.read_bytes(), tmp_path / "backups"
    reports = [write_cells(workbook, {"Data": {"A1": i}}, backup_dir=backups) for i in (1, 2, 3)]
    assert [report.backup is not None for report in reports] == [True, False, False]
    used = files.restore(workbook, backup_dir=backups)
    assert used == reports[0].backup
    assert workbook.read_bytes() == users


def test_five_backups_are_kept_the_newest_first(tmp_path: Path) -> None:
    workbook, backups = tmp_path / "plan.xlsx", tmp_path / "backups"
    versions = [b"version %d" % i for i in range(8)]
    for version in versions:
        workbook.write_bytes(version)
        files.back_up(workbook, version, backups)
    assert [entry.read_bytes() for entry in files.backups(workbook, backups)] == versions[:2:-1]
    files.restore(workbook, files.backups(workbook, backups)[2], backups)
    assert workbook.read_bytes() == versions[5]


def test_without_a_backup_nothing_is_restored_and_without_space_for_one_nothing_is_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    workbook = make_book(tmp_path / "plan.xlsx")
    before = workbook.read_bytes()
    with pytest.raises(CellError, match="there is no backup of this workbook"):
        files.restore(workbook, backup_dir=tmp_path / "none")
    genuine: Any = os.replace

    def full(source: Path, target: Path) -> None:
        if "backups" in target.parts:
            raise OSError(errno.ENOSPC, "No space left on device")
        genuine(source, target)

    monkeypatch.setattr(files.os, "replace", full)
    with pytest.raises(CellError, match="disk full"):
        write_cells(workbook, {"Data": {"A1": 1}}, backup_dir=tmp_path / "backups")
    assert workbook.read_bytes() == before


def test_backups_go_to_the_users_data_folder_by_default(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("platformdirs.user_data_path", lambda name: tmp_path / "home" / name)
    folder = files.backup_folder(tmp_path / "plan.xlsx")
    assert folder.parent == tmp_path / "home" / "xl_mmm" / "backups"
    assert folder.name.startswith("plan.xlsx-")
    assert folder != files.backup_folder(tmp_path / "other" / "plan.xlsx")


def make_book(path: Path) -> Path:
    with xlsxwriter.Workbook(path) as workbook:
        sheet = workbook.add_worksheet("Data")
        for row in range(200):
            sheet.write_row(row, 0, [row, f"text {row}", row * 0.1])
    return path


def run(script: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    root = Path(files.__file__).parents[2]
    return subprocess.run(
        [sys.executable, "-c", script, *arguments],
        capture_output=True, text=True, check=False, timeout=60, env={**os.environ, "PYTHONPATH": str(root)},
    )  # fmt: skip
