"""A workbook on disk is byte for byte the old one or the complete new one, whatever interrupts us.

Conventions: a new file is written beside the old one, flushed to the disk, then put in its place in one step, and the
folder is flushed too. A lock file (process id and host) keeps two of our own processes apart. Before we change bytes
that we did not write ourselves, a backup is made; five are kept for each workbook. A session ends when somebody
else saves the file, so repeated runs never push the user's own version out of the backups.
"""

from __future__ import annotations

import contextlib
import errno
import hashlib
import json
import os
import secrets
import socket
import stat
import sys
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from xl_mmm.errors import CellError

if TYPE_CHECKING:
    from collections.abc import Iterator

KEPT_BACKUPS = 5
LOCK_SUFFIX = ".xl-mmm.lock"
TEMPORARY_SUFFIX = ".xl-mmm.tmp"
WRITTEN = "last-written.sha256"  # in the backup folder: hash of the bytes we wrote last
UNREADABLE_LOCK_AGE = 60.0  # seconds after which a lock without an owner's name counts as left behind

_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}


def digest(data: bytes) -> str:
    """Return the SHA-256 of a file's bytes, in hex."""
    return hashlib.sha256(data).hexdigest()


def read_file(path: Path) -> bytes:
    """Read a whole file; a missing or unreadable one is a `CellError`."""
    try:
        return path.read_bytes()
    except FileNotFoundError as error:
        raise CellError(f"{path.name}: there is no such file in '{path.parent}'. Check the name.") from error
    except OSError as error:
        raise CellError(f"{path.name} cannot be read ({error.strerror}). Close it elsewhere, then retry.") from error


def refuse_busy(path: Path) -> None:
    """Raise `CellError` when the file is open in a spreadsheet program or marked read-only."""
    for owner, program in ((f"~${path.name}", "Excel"), (f".~lock.{path.name}#", "LibreOffice")):
        if (path.parent / owner).exists():
            raise CellError(
                f"{path.name} is open in {program}; nothing written. Close it there, then retry "
                f"(if no program has it open, delete the leftover file '{owner}')."
            )
    if path.exists():
        if not path.is_file():
            raise CellError(f"{path.name} is a folder or a device, not a workbook; nothing written.")
        mode = path.stat().st_mode
        if not mode & (stat.S_IWUSR | stat.S_IWGRP | stat.S_IWOTH) or not os.access(path, os.W_OK):
            raise CellError(f"{path.name} is read-only; nothing written. Clear its read-only mark, or write a copy.")


@contextlib.contextmanager
def locked(path: Path) -> Iterator[None]:
    """Hold our own lock on a workbook, and clear away what a killed writer left behind.

    Raises
    ------
    CellError
        Another living process holds it.
    """
    lock = path.parent / f".{path.name}{LOCK_SUFFIX}"
    _acquire(lock, path.name)
    try:
        clean_temporary(path)
        yield
    finally:
        lock.unlink(missing_ok=True)


def clean_temporary(path: Path) -> None:
    """Remove half-written temporary files of this workbook; call it with the lock held."""
    for entry in path.parent.iterdir():
        if entry.name.startswith(f".{path.name}.") and entry.name.endswith(TEMPORARY_SUFFIX):
            entry.unlink(missing_ok=True)


def replace_file(path: Path, data: bytes) -> None:
    """Put `data` in the place of a file, all or nothing.

    Raises
    ------
    CellError
        The disk is full, the folder may not be written, or the file is held by another program; the old file stands.
    """
    temporary = path.parent / f".{path.name}.{secrets.token_hex(6)}{TEMPORARY_SUFFIX}"
    try:
        mode = stat.S_IMODE(path.stat().st_mode) if path.exists() else None
        _write_through(temporary, data)
        if mode is not None:
            temporary.chmod(mode)
        os.replace(temporary, path)  # noqa: PTH105 - the one step that counts; tests interrupt it by this name
    except OSError as error:
        with contextlib.suppress(OSError):  # the folder may be gone; the first error is the one to tell
            temporary.unlink(missing_ok=True)
        raise CellError(_storage_message(path, error)) from error
    _flush_folder(path.parent)


def put_file(path: Path, data: bytes, backup_dir: Path | None = None) -> Path | None:
    """Make a workbook, or put a new one in the place of another, which is kept.

    Returns
    -------
    Path or None
        Where the workbook that stood there is kept, as `back_up` says.
    """
    target = path.resolve()
    refuse_busy(target)
    with locked(target):
        backup = back_up(target, read_file(target), backup_dir) if target.exists() else None
        replace_file(target, data)
    return backup


def backup_folder(path: Path, backup_dir: Path | None = None) -> Path:
    """Folder that holds one workbook's backups: the user's data folder unless one is given."""
    if backup_dir is None:
        from platformdirs import user_data_path

        backup_dir = user_data_path("xl_mmm") / "backups"
    place = digest(os.fsencode(path.resolve()))[:12]  # two books of one name in two folders stay apart
    return backup_dir / f"{path.name}-{place}"


def backups(path: Path, backup_dir: Path | None = None) -> tuple[Path, ...]:
    """Backups of a workbook, newest first."""
    folder = backup_folder(path, backup_dir)
    if not folder.is_dir():
        return ()
    found = [entry for entry in folder.iterdir() if entry.suffix == path.suffix and not entry.name.startswith(".")]
    return tuple(sorted(found, key=lambda entry: entry.name, reverse=True))


def back_up(path: Path, data: bytes, backup_dir: Path | None = None) -> Path | None:
    """Keep the workbook's bytes unless we wrote them ourselves; the oldest backups beyond five go.

    Returns
    -------
    Path or None
        The new backup; None when these bytes are our own last ones or already the newest backup.
    """
    folder = backup_folder(path, backup_dir)
    mark = folder / WRITTEN
    now = digest(data)
    if mark.is_file() and mark.read_text(encoding="ascii").strip() == now:
        return None
    kept = backups(path, backup_dir)
    if kept and digest(kept[0].read_bytes()) == now:
        return None
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise CellError(_storage_message(folder, error)) from error
    stamp = datetime.now(UTC).strftime("%Y-%m-%dT%H%M%S.%f")
    backup = folder / f"{stamp}-{now[:8]}{path.suffix}"
    replace_file(backup, data)
    for old in backups(path, backup_dir)[KEPT_BACKUPS:]:
        old.unlink(missing_ok=True)
    return backup


def mark_written(path: Path, sha: str, backup_dir: Path | None = None) -> None:
    """Remember that these bytes are ours, so that the next write needs no backup."""
    folder = backup_folder(path, backup_dir)
    if folder.is_dir():
        replace_file(folder / WRITTEN, sha.encode("ascii"))


def restore(path: Path, backup: Path | None = None, backup_dir: Path | None = None) -> Path:
    """Put a backup (the newest unless one is named) back in the workbook's place, all or nothing.

    Returns
    -------
    Path
        The backup that was used.
    """
    refuse_busy(path)
    if backup is None:
        found = backups(path, backup_dir)
        if not found:
            raise CellError(f"{path.name}: there is no backup of this workbook.")
        backup = found[0]
    with locked(path):
        replace_file(path, read_file(backup))
    return backup


def _acquire(lock: Path, name: str) -> None:
    """Create the lock file, taking over one whose owner is dead."""
    mine = json.dumps({"pid": os.getpid(), "host": socket.gethostname()}).encode()
    for _ in range(3):
        try:
            _create_whole(lock, mine, name)
        except FileExistsError:
            _take_over(lock, name)
        except OSError as error:
            raise CellError(_storage_message(lock.with_name(name), error)) from error
        else:
            return
    raise CellError(f"{name}: another xl_mmm process keeps taking '{lock.name}'; nothing written. Retry later.")


def _create_whole(lock: Path, content: bytes, name: str) -> None:
    """Create a lock file that names its owner from its first moment; `FileExistsError` when there is one."""
    temporary = lock.parent / f".{name}.{secrets.token_hex(6)}{TEMPORARY_SUFFIX}"
    try:
        _write_through(temporary, content)
        try:
            os.link(temporary, lock)  # all or nothing, and never over another
        except FileExistsError:
            raise
        except OSError:  # a file system without hard links, such as a memory stick's
            _write_through(lock, content)
    finally:
        temporary.unlink(missing_ok=True)


def _take_over(lock: Path, name: str) -> None:
    """Remove a lock left behind by a dead process of this host; refuse any other."""
    try:
        found = lock.read_bytes()
        age = time.time() - lock.stat().st_mtime
    except FileNotFoundError:
        return
    owner = _owner(found)
    if owner is None:
        stale, who = age > UNREADABLE_LOCK_AGE, "an unknown process"
    else:
        pid, host = owner
        stale, who = host == socket.gethostname() and not _alive(pid), f"process {pid} on {host}"
    if not stale:
        raise CellError(
            f"{name} is being written by {who}; nothing written. Wait for it to end "
            f"(if it has ended, delete the leftover file '{lock.name}')."
        )
    aside = lock.with_name(f"{lock.name}.{secrets.token_hex(6)}")
    try:
        lock.rename(aside)
    except FileNotFoundError:
        return
    if aside.read_bytes() != found:  # a third process was quicker and this is its lock: give it back
        aside.rename(lock)
        return
    aside.unlink(missing_ok=True)


def _owner(content: bytes) -> tuple[int, str] | None:
    """Process id and host named in a lock file, or None when it names none."""
    try:
        record = json.loads(content)
        return int(record["pid"]), str(record["host"])
    except (ValueError, KeyError, TypeError):
        return None


def _alive(pid: int) -> bool:
    """Whether a process of this host lives."""
    if sys.platform == "win32":  # os.kill(pid, 0) would send Ctrl-C there
        import ctypes

        handle = ctypes.windll.kernel32.OpenProcess(0x1000, False, pid)
        if handle:
            ctypes.windll.kernel32.CloseHandle(handle)
        return bool(handle)
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def _write_through(path: Path, data: bytes) -> None:
    """Write a new file and flush it to the disk."""
    handle = os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY | getattr(os, "O_BINARY", 0), 0o644)
    try:
        view = memoryview(data)
        while view:
            view = view[os.write(handle, view) :]
        os.fsync(handle)
    finally:
        os.close(handle)


def _flush_folder(folder: Path) -> None:
    """Flush a folder's entries to the disk, where the system has such a thing."""
    if os.name == "nt":
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    except OSError as error:
        if error.errno not in (errno.EINVAL, errno.ENOTSUP):  # some network folders cannot; the file itself is safe
            raise
    finally:
        os.close(handle)


def _storage_message(path: Path, error: OSError) -> str:
    """Say what the operating system refused, in a planner's words."""
    if error.errno in _FULL:
        return f"{path.name}: disk full; nothing written. Free space in '{path.parent}', then retry."
    if isinstance(error, PermissionError):
        return (
            f"{path.name} cannot be written in '{path.parent}' (no permission, or another program holds it open); "
            "nothing written. Close it there or write a copy elsewhere."
        )
    return f"{path.name} cannot be written in '{path.parent}' ({error.strerror or error}); nothing written."
