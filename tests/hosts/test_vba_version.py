from __future__ import annotations

import random

import pytest
import xlwings

from xl_mmm.book.vba import PROJECT
from xl_mmm.hosts.vba_version import versions


def test_the_shipped_macros_are_made_for_the_installed_xlwings() -> None:
    assert versions(PROJECT.read_bytes()) == {xlwings.__version__}


@pytest.mark.parametrize("data", [b"", b"not a project", PROJECT.read_bytes()[:700], PROJECT.read_bytes()[:8] * 99])
def test_what_is_no_project_names_no_version(data: bytes) -> None:
    assert versions(data) == set()


def test_a_damaged_project_is_read_to_an_end() -> None:
    whole, chance = PROJECT.read_bytes(), random.Random(1)
    for _ in range(20):
        damaged = bytearray(whole)
        for _ in range(200):
            damaged[chance.randrange(8, len(damaged))] = chance.randrange(256)
        assert all(version.replace(".", "").isdigit() for version in versions(bytes(damaged)))
