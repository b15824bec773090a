"""Marks outside the database only move on and are found by the digest; a folder of them that was copied is recognized."""

import os
import shutil
import subprocess
import time

import pytest

from newsletter.delivery import sent_marks
from newsletter.models import Mailing, deliveries
from tests import build

pytestmark = pytest.mark.django_db
PLAN = "2026-05-22T08:00:00.000000+00:00"
FIRST = deliveries.Mark(PLAN, "2026-05-22T08:00:00.000000+00:00", 9)
SECOND = deliveries.Mark(PLAN, "2026-05-22T08:00:00.000000+00:00", 10)
LATER = deliveries.Mark("2026-05-22T09:30:00.000000+00:00", "2026-05-22T09:30:00.000000+00:00", 1)


@pytest.fixture
def mailing(settings, tmp_path) -> Mailing:
    settings.VAR_DIR = tmp_path
    return Mailing.objects.create(digest=build.digest())


def test_a_mark_only_moves_on(mailing):
    found = []
    for mark in (FIRST, SECOND, FIRST, LATER, SECOND):
        sent_marks.write_mark(mailing, mark)
        found.append(sent_marks.read_outside_mark(mailing))

    assert found == [FIRST, SECOND, SECOND, LATER, LATER]


def test_a_mark_belongs_to_a_digest_and_no_other(mailing):
    other = Mailing.objects.create(digest=build.digest(mailing.digest.publication, date="2026-05-23"))
    sent_marks.write_mark(mailing, FIRST)

    assert sent_marks.read_outside_marks([mailing, other]) == {mailing.pk: FIRST, other.pk: None}
    assert sent_marks.read_outside_marks([mailing], files=False) == {mailing.pk: None}


def test_a_file_that_is_no_mark_is_none(mailing):
    sent_marks.write_mark(mailing, FIRST)
    (path,) = sent_marks.get_marks_folder().glob("*-*")
    for text in ("", "nonsense", f"{PLAN} {PLAN} x", "\0" * 85):
        path.write_text(text)
        assert sent_marks.read_outside_mark(mailing) is None
    sent_marks.write_mark(mailing, FIRST)
    assert sent_marks.read_outside_mark(mailing) == FIRST


def test_a_mark_that_cannot_be_written_says_so(mailing):
    sent_marks.get_marks_folder().write_text("a file where the folder should be")

    with pytest.raises(sent_marks.MarkError, match="the mark can't be written"):
        sent_marks.write_mark(mailing, FIRST)


def test_old_marks_are_forgotten_when_a_new_one_begins(mailing):
    sent_marks.get_marks_folder().mkdir()
    old, young = sent_marks.get_marks_folder() / "7-2026-01-01", sent_marks.get_marks_folder() / "7-2026-05-01"
    for path, days in ((old, 61), (young, 59)):
        path.write_text("x")
        at = path.stat().st_mtime - days * 86400  # the file system's clock, whatever ours says
        os.utime(path, (at, at))
    sent_marks.write_mark(mailing, FIRST)

    assert (old.exists(), young.exists(), sent_marks.read_outside_mark(mailing)) == (False, True, FIRST)


@pytest.mark.parametrize("age", [0.0, 1.5])
def test_a_folder_keeps_its_name_and_is_not_moved(mailing, age):
    first = sent_marks.identify_folder()
    sent_marks.write_mark(mailing, FIRST)
    time.sleep(age)

    assert first == sent_marks.identify_folder() == sent_marks.MarksFolder(first.name, is_moved=False)


@pytest.mark.parametrize(
    "way",
    [
        "cp -a marks kept && rm -r marks && cp -a kept marks",
        "cp -a marks kept && cp -a kept/. marks",
        "cp -r marks kept && cp -r kept/. marks",
        "tar -cf kept.tar marks && rm -r marks && tar -xf kept.tar",
        "tar -cf kept.tar marks && tar -xf kept.tar",
    ],
)
def test_a_folder_that_was_restored_is_known_until_it_is_taken_for_its_own(mailing, tmp_path, way):
    name = sent_marks.identify_folder().name
    time.sleep(1.2)
    subprocess.run(way, shell=True, cwd=tmp_path, check=True)

    assert sent_marks.identify_folder() == sent_marks.MarksFolder(name, is_moved=True)
    sent_marks.adopt_folder()
    assert sent_marks.identify_folder() == sent_marks.MarksFolder(name, is_moved=False)


def test_a_folder_that_is_gone_gets_another_name(mailing):
    name = sent_marks.identify_folder().name
    shutil.rmtree(sent_marks.get_marks_folder())

    assert (sent_marks.identify_folder().name != name, sent_marks.identify_folder().is_moved) == (True, False)


def test_the_folder_is_marked_for_programs_that_make_backups(mailing):
    sent_marks.identify_folder()

    assert (
        (sent_marks.get_marks_folder() / "CACHEDIR.TAG")
        .read_text()
        .startswith("Signature: 8a477f597d28d172789f06886806bc55\n")
    )
    assert (sent_marks.get_marks_folder() / "place").stat().st_mode & 0o777 == 0o600


@pytest.mark.services
def test_redis_keeps_marks_too_and_only_moves_them_on(mailing, settings, redis_url):
    settings.REDIS_URL = redis_url
    for mark in (SECOND, FIRST):
        sent_marks.write_mark(mailing, mark)
        shutil.rmtree(sent_marks.get_marks_folder())

    assert sent_marks.read_outside_marks([mailing], files=False) == {mailing.pk: SECOND}
    assert sent_marks.read_outside_mark(mailing) == SECOND


def test_a_redis_that_is_away_leaves_the_mark_to_the_disk(mailing, settings, caplog):
    settings.REDIS_URL = "redis://:secret@127.0.0.1:1/0"
    sent_marks.write_mark(mailing, FIRST)

    assert sent_marks.read_outside_mark(mailing) == FIRST
    assert {record.name for record in caplog.records} == {"newsletter.delivery.sent_marks"}
    assert "secret" not in caplog.text
