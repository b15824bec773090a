"""The journal of a sending process: what a dead one left is read back, and a living one is left alone."""

import threading

import pytest

from newsletter.delivery import journal
from newsletter.delivery.journal import DeliveryOutcome, Journal


@pytest.fixture(autouse=True)
def _folder(settings, tmp_path):
    settings.VAR_DIR = tmp_path


def test_leftovers_hold_the_starts_and_outcomes_of_a_dead_process():
    one = Journal()
    for number in range(2000):  # more than one piece of the file
        one.record_start(number)
    one.record_outcome(DeliveryOutcome(7, "accepted", "250 2.0.0 “ok”", "<7@x>"))
    one.record_return(8)
    one.leave()

    with journal.lock_leftovers() as found:
        (left,) = found
        assert (left.token, left.rebooted, left.outcomes) == (
            one.token,
            False,
            {7: DeliveryOutcome(7, "accepted", "250 2.0.0 “ok”", "<7@x>")},
        )
        assert left.started == set(range(2000)) - {8}
    assert journal.list_live_tokens() == []


def test_leftovers_of_version_0_1_are_read_and_later_words_too():
    one = Journal()
    one._write(b'["e",7,"failed","550 no","<7@x>"]\n["e",8,"failed","","","bad_address","more"]\n')
    one.leave()

    with journal.lock_leftovers() as (left,):
        assert left.outcomes == {
            7: DeliveryOutcome(7, "failed", "550 no", "<7@x>"),
            8: DeliveryOutcome(8, "failed", reason="bad_address"),
        }


def test_leftovers_leave_a_living_process_alone():
    one = Journal()
    with journal.lock_leftovers() as found:
        assert found == []
    assert journal.list_live_tokens() == [one.token]
    one.remove()


@pytest.mark.parametrize("cut", range(1, 20))
def test_leftovers_pass_over_a_line_that_was_cut_off(cut):
    one = Journal()
    one.record_start(12345)
    end = one._at
    one.record_outcome(DeliveryOutcome(12345, "accepted", "250 ok"))
    line_end = one._at
    one.leave()
    with one.path.open("r+b") as file:  # as a kill in mid-copy leaves it
        file.seek(line_end - cut)
        file.write(bytes(min(cut, line_end - end)))

    with journal.lock_leftovers() as (left,):
        assert (left.started, left.outcomes) == ({12345}, {})


def test_a_line_may_be_as_long_as_a_server_can_make_it():
    one = Journal()
    longest = DeliveryOutcome(2**62, "accepted", "💥" * 1000, "💥" * 200)

    assert [one.record_outcome(longest), one.record_outcome(longest)] == [True, True]
    one.leave()
    with journal.lock_leftovers() as (left,):
        assert left.outcomes == {2**62: longest}


def test_a_journal_is_never_taken_for_a_leftover_while_it_is_made():
    stop = threading.Event()

    def look() -> None:
        while not stop.is_set():
            with journal.lock_leftovers():
                pass

    lookers = [threading.Thread(target=look) for _ in range(3)]
    for looker in lookers:
        looker.start()
    made = [Journal() for _ in range(400)]
    stop.set()
    for looker in lookers:
        looker.join()

    assert sorted(journal.list_live_tokens()) == sorted(one.token for one in made)
    for one in made:
        one.remove()
