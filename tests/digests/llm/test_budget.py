"""The budget of a digest: open requests count with their highest cost, settled ones with the real cost."""

from decimal import Decimal

import pytest

from digests.llm.budget import Bill, Budget, BudgetError
from digests.llm.servers import ModelServer
from digests.text.messages import OtherCode, make_message
from digests.text.numbers import format_usd

MOST = Decimal("0.02")  # what a request may cost


def test_bill_costs_what_the_prices_say():
    server = ModelServer("m", "", "", Decimal(1), Decimal(10))

    assert (server.make_bill(2_000_000, 100_000) + server.make_bill(0, 100_000)).cost == Decimal(4)


def test_reserve_counts_open_requests():
    budget = Budget(usd=Decimal("0.05"))
    budget.reserve(MOST)
    budget.reserve(MOST)

    with pytest.raises(BudgetError, match=r"^This issue’s budget of 0.0500 USD was reached \(0.00 USD spent\)$"):
        budget.reserve(MOST)


def test_settle_replaces_the_estimate_by_the_cost():
    budget = Budget(usd=Decimal("0.05"))
    for _time in range(10):
        budget.settle(budget.reserve(MOST), Bill(100, 100, Decimal("0.0011")))

    assert (budget.spent, budget.bill) == (Decimal("0.011"), Bill(1000, 1000, Decimal("0.011")))


def test_budget_without_a_limit_never_ends():
    budget = Budget(spent=Decimal(10**6), usd=Decimal(0), seconds=0)

    assert (budget.reserve(MOST), budget.seconds_left()) == (MOST, float("inf"))


def test_budget_ends_with_its_seconds():
    with pytest.raises(BudgetError, match=r"^The time limit of 1e-09 seconds per issue was reached$"):
        Budget(seconds=1e-9).check()


def test_budget_ends_after_three_failures_in_a_row():
    budget = Budget()
    budget.record_failure(make_message(OtherCode.TEXT, text="busy"))
    budget.record_failure(make_message(OtherCode.TEXT, text="busy"))
    budget.record_success()
    budget.record_failure(make_message(OtherCode.TEXT, text="busy"))
    budget.record_failure(make_message(OtherCode.TEXT, text="busy"))
    budget.check()

    budget.record_failure(make_message(OtherCode.TEXT, text="broken"))

    with pytest.raises(BudgetError) as error:
        budget.check()
    assert str(error.value) == "The AI was stopped: 3 failures in a row. Last one: broken"


@pytest.mark.parametrize(
    ("amount", "words"),
    [("0", "0.00 USD"), ("0.0012", "0.0012 USD"), ("1", "1.00 USD"), ("1234.5", "1,234.50 USD")],
)
def test_format_usd_shows_significant_digits(amount, words):
    assert format_usd(Decimal(amount)) == words


def test_a_server_that_fails_does_not_close_the_budget_to_another():
    budget = Budget()
    budget.record_failure(make_message(OtherCode.TEXT, text="key"), "two", for_good=True)

    budget.check("one")
    with pytest.raises(BudgetError):
        budget.check("two")
