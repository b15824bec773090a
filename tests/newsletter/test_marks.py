"""Marks outside the database: they only move on, are found by the digest, and tell a folder that was copied."""

import os
import shutil
import subprocess
import time

import pytest

from newsletter import marks
from newsletter.models import Mailing
from tests import build

pytestmark = pytest.mark.django_db
PLAN = "2026-05-22T08:00:00.000000+00:00"
FIRST = marks.Mark(PLAN, "2026-05-22T08:00:00.000000+00:00", 9)
SECOND = marks.Mark(PLAN, "2026-05-22T08:00:00.000000+00:00", 10)
LATER = marks.Mark("2026-05-22T09:30:00.000000+00:00", "2026-05-22T09:30:00.000000+00:00", 1)


@pytest.fixture
def mailing(settings, tmp_path) -> Mailing:
    settings.VAR_DIR = tmp_path
    return Mailing.objects.create(digest=build.digest())


def test_a_mark_only_moves_on(mailing):
    found = []
    for mark in (FIRST, SECOND, FIRST, LATER, SECOND):
        marks.write(mailing, mark)
        found.append(marks.read(mailing))

    assert found == [FIRST, SECOND, SECOND, LATER, LATER]


def test_a_mark_belongs_to_a_digest_and_no_other(mailing):
    other = Mailing.objects.create(digest=build.digest(mailing.digest.publication, date="2026-05-23"))
    marks.write(mailing, FIRST)

    assert marks.read_all([mailing, other]) == {mailing.pk: FIRST, other.pk: None}
    assert marks.read_all([mailing], files=False) == {mailing.pk: None}


def test_a_file_that_is_no_mark_is_none(mailing):
    marks.write(mailing, FIRST)
    (path,) = marks.folder().glob("*-*")
    for text in ("", "nonsense", f"{PLAN} {PLAN} x", "\0" * 85):
        path.write_text(text)
        assert marks.read(mailing) is None
    marks.write(mailing, FIRST)
    assert marks.read(mailing) == FIRST


def test_a_mark_that_cannot_be_written_says_so(mailing):
    marks.folder().write_text("a file where the folder should be")

    with pytest.raises(marks.MarkError, match="the mark can't be written"):
        marks.write(mailing, FIRST)


def test_old_marks_are_forgotten_when_a_new_one_begins(mailing):
    marks.folder().mkdir()
    old, young = marks.folder() / "7-2026-01-01", marks.folder() / "7-2026-05-01"
    for path, days in ((old, 61), (young, 59)):
        path.write_text("x")
        at = path.stat().st_mtime - days * 86400  # the file system's clock, whatever ours says
        os.utime(path, (at, at))
    marks.write(mailing, FIRST)

    assert (old.exists(), young.exists(), marks.read(mailing)) == (False, True, FIRST)


@pytest.mark.parametrize("age", [0.0, 1.5])
def test_a_folder_keeps_its_name_and_is_not_moved(mailing, age):
    first = marks.place()
    marks.write(mailing, FIRST)
    time.sleep(age)

    assert first == marks.place() == marks.Place(first.name, is_moved=False)


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
    name = marks.place().name
    time.sleep(1.2)
    subprocess.run(way, shell=True, cwd=tmp_path, check=True)

    assert marks.place() == marks.Place(name, is_moved=True)
    marks.renew_place()
    assert marks.place() == marks.Place(name, is_moved=False)


def test_a_folder_that_is_gone_gets_another_name(mailing):
    name = marks.place().name
    shutil.rmtree(marks.folder())

    assert (marks.place().name != name, marks.place().is_moved) == (True, False)


def test_the_folder_is_marked_for_programs_that_make_backups(mailing):
    marks.place()

    assert (marks.folder() / "CACHEDIR.TAG").read_text().startswith("Signature: 8a477f597d28d172789f06886806bc55\n")
    assert (marks.folder() / "place").stat().st_mode & 0o777 == 0o600


@pytest.mark.services
def test_redis_keeps_marks_too_and_only_moves_them_on(mailing, settings, redis_url):
    settings.REDIS_URL = redis_url
    for mark in (SECOND, FIRST):
        marks.write(mailing, mark)
        shutil.rmtree(marks.folder())

    assert marks.read_all([mailing], files=False) == {mailing.pk: SECOND}
    assert marks.read(mailing) == SECOND


def test_a_redis_that_is_away_leaves_the_mark_to_the_disk(mailing, settings, caplog):
    settings.REDIS_URL = "redis://:secret@127.0.0.1:1/0"
    marks.write(mailing, FIRST)

    assert marks.read(mailing) == FIRST
    assert {record.name for record in caplog.records} == {"newsletter.marks"}
    assert "secret" not in caplog.text
