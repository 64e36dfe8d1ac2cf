"""LibreOffice with the add-in, started once for all host tests."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING

import pytest

from tests.conftest import required
from tests.host.office import SYSTEM_PYTHON, Office

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(scope="session")
def office(soffice, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    """LibreOffice, live: `office.open(path)`. (`soffice` marks the tests as needing it.)"""
    python = required(SYSTEM_PYTHON, "the system's Python")
    if subprocess.run([python, "-I", "-c", "import uno"], capture_output=True, check=False).returncode:
        required("python3-uno", "python3-uno")
    running = Office(soffice.program, tmp_path_factory.mktemp("live_office"))
    yield running
    running.close()
