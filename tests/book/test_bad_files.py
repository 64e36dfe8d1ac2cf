"""No bad file passes silently, none crashes; no harmless oddity is refused or changes a bit."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from tests.book.bad_files import BAD, CLEAN, Case, good
from tests.book.judged import judge_file
from xl_mmm.tables.faults import SHOWN

if TYPE_CHECKING:
    from pathlib import Path

MEMORY = 1_200_000_000  # bytes, address space included
SECONDS = 30


@pytest.fixture(scope="module")
def sound_sha(tmp_path_factory: pytest.TempPathFactory) -> str:
    path = tmp_path_factory.mktemp("good") / "book.xlsx"
    good().save(path)
    report = judge_file(path)
    assert report["status"] == "pass", report["messages"]
    return str(report["data_sha"])


def test_corpus_is_large_and_its_names_are_unique() -> None:
    cases = [case.name for case in (*BAD, *CLEAN)]
    assert len(BAD) >= 80
    assert len(CLEAN) >= 12
    assert len(set(cases)) == len(cases)


@pytest.mark.parametrize("case", BAD, ids=lambda case: case.name)
def test_bad_file_is_named(case: Case, tmp_path: Path) -> None:
    path = tmp_path / "book.xlsx"
    case.make(path)
    report = judge_file(path)
    text = "\n".join(report["messages"])
    assert report["status"] == case.status, text
    assert case.says
    for fragment in case.says:
        assert fragment in text
    assert len(report["messages"]) <= SHOWN + 1
    assert (report["data_sha"] is None) == (case.status == "fail")


@pytest.mark.parametrize("case", CLEAN, ids=lambda case: case.name)
def test_harmless_oddity_gives_the_same_bits(case: Case, tmp_path: Path, sound_sha: str) -> None:
    path = tmp_path / "book.xlsx"
    case.make(path)
    report = judge_file(path)
    text = "\n".join(report["messages"])
    assert report["status"] == case.status, text
    for fragment in case.says:
        assert fragment in text
    assert report["data_sha"] == sound_sha


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no address space limit to set")
@pytest.mark.parametrize("name", ["zip bomb", "too many cells", "stray last cell", "table over the whole sheet"])
def test_hostile_file_stays_within_memory_and_time(name: str, tmp_path: Path) -> None:
    case = next(case for case in (*BAD, *CLEAN) if case.name == name)
    path = tmp_path / "book.xlsx"
    case.make(path)
    script = (
        "import resource, sys\n"
        f"resource.setrlimit(resource.RLIMIT_AS, ({MEMORY}, {MEMORY}))\n"
        "from tests.book.judged import judge_file\n"
        "sys.stdout.write(judge_file(sys.argv[1])['status'])\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script, str(path)],
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=False,
        env={**os.environ, "OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"},
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout == case.status
