"""Spacing of requests to a host, by files that all processes share."""

import time
from pathlib import Path

import pytest

from digests.sources.host_rate import _take_next_slot, get_host_group


@pytest.fixture(autouse=True)
def _own_folder(settings, tmp_path):
    settings.VAR_DIR = tmp_path


def test_take_next_slot_gives_each_request_the_next_time():
    waits = [round(_take_next_slot("example.org", 3.0)) for _turn in range(3)]
    assert waits == [0, 3, 6]


def test_take_next_slot_counts_each_host_by_itself():
    _take_next_slot("example.org", 3.0)
    assert _take_next_slot("example.com", 3.0) == 0


@pytest.mark.parametrize("text", ["", "nonsense", "nan", "99999999999999", "1.5"])
def test_take_next_slot_recovers_from_any_file(settings, text):
    path = Path(settings.VAR_DIR) / "pace" / "example.org"
    path.parent.mkdir()
    path.write_text(text, encoding="ascii")
    assert (_take_next_slot("example.org", 3.0), round(_take_next_slot("example.org", 3.0))) == (0, 3)


def test_take_next_slot_ignores_a_time_that_has_passed():
    _take_next_slot("example.org", 0.05)
    time.sleep(0.06)
    assert _take_next_slot("example.org", 0.05) == 0


@pytest.mark.parametrize(
    ("host", "name"),
    [
        ("arxiv.org", "arxiv.org"),
        ("export.arxiv.org", "arxiv.org"),
        ("notarxiv.org", "notarxiv.org"),
        ("::1", "__1"),
    ],
)
def test_get_host_group_is_one_for_all_of_arxiv(host, name):
    assert get_host_group(host) == name
