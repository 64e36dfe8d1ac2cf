"""The log of what failed inside functions: shapes, not values; small; its last entries."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from xl_mmm.hosts import failures

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def log(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    path = tmp_path / "logs" / failures.NAME
    monkeypatch.setattr(failures, "log_file", lambda: path)
    return path


def fail(name: str, *arguments: object) -> None:
    try:
        raise RuntimeError(f"{name} broke")
    except RuntimeError:
        failures.record(name, arguments)


def test_nothing_failed_yet(log: Path) -> None:
    assert failures.last_failures(3) == []
    assert not log.parent.exists()


def test_the_last_entries_oldest_first(log: Path) -> None:
    for name in "abc":
        fail(name, [[1.0, 2.0]], (1.0, 2.0, 3.0), "tv", None)
    second, third = failures.last_failures(2)
    assert "b(1 × 2 cells, 3 × 1 cells, str, nothing)" in second
    assert third.startswith(failures.START)
    assert third.endswith("RuntimeError: c broke")


def test_values_stay_out(log: Path) -> None:
    fail("a", [[123456.0]], "secret")
    assert "123456" not in log.read_text()
    assert "secret" not in log.read_text()


def test_the_file_stays_small(log: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(failures, "LARGEST", 2_000)
    for number in range(50):
        fail(f"MMM_{number}")
    files = sorted(log.parent.iterdir())
    assert [file.name for file in files] == [failures.NAME, failures.NAME + ".1"]
    assert all(file.stat().st_size <= 2_000 for file in files)
    assert "MMM_49" in failures.last_failures(1)[0]


def test_the_file_is_the_users(monkeypatch: pytest.MonkeyPatch) -> None:
    assert failures.log_file().parts[-1] == failures.NAME
    assert "xl_mmm" in failures.log_file().parts
