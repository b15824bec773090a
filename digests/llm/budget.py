"""What the model may still cost for one digest: money, time, and patience with a server that keeps failing.

One Budget is shared by all requests of a digest, from several threads. Before each request it says whether there may be
one: what is under way counts as spent, at a guess from above, so that requests at once don't overdraw together. After
FAILURES answers in a row that were none, or one refusal that nothing but a person can mend, nobody asks any more.
"""

import threading
import time
from dataclasses import dataclass, field
from decimal import Decimal

from django.conf import settings

from digests.text.numbers import format_usd

MAX_FAILURES_IN_A_ROW = 3  # in a row; what fails three sections in turn fails the fourth as well
EXPECTED_ANSWER_TOKENS = 2000  # tokens; five parts on ten items in Korean, which no answer without a fault exceeds
TOKENS_PER_PRICE = 1_000_000


class BudgetError(Exception):
    """Why nothing more is asked, in words for an editor."""


@dataclass(frozen=True)
class Bill:
    """What was paid for: tokens, and US dollars by the prices of the settings (0 where none are set)."""

    tokens_in: int = 0
    tokens_out: int = 0

    @property
    def cost(self) -> Decimal:
        """US dollars."""
        paid = self.tokens_in * settings.LLM_PRICE_INPUT + self.tokens_out * settings.LLM_PRICE_OUTPUT
        return Decimal(paid) / TOKENS_PER_PRICE

    def __add__(self, other: "Bill") -> "Bill":
        return Bill(self.tokens_in + other.tokens_in, self.tokens_out + other.tokens_out)


@dataclass
class Budget:
    """What is left for a digest; `spent` starts with what earlier builds of it cost."""

    spent: Decimal = Decimal(0)
    usd: Decimal = field(default_factory=lambda: settings.LLM_BUDGET_USD)  # 0 is no limit
    seconds: float = field(default_factory=lambda: settings.LLM_BUDGET_SECONDS)  # 0 is no limit
    bill: Bill = field(default_factory=Bill)  # of this build
    _began: float = field(default_factory=time.monotonic)
    _reserved: Decimal = Decimal(0)
    _failures: int = 0
    _closed: str = ""
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def left(self) -> float:
        """Return the seconds that are left."""
        return self.seconds - (time.monotonic() - self._began) if self.seconds else float("inf")

    def check(self) -> None:
        """Raise BudgetError where nothing more may be asked."""
        if self._closed:
            raise BudgetError(f"the model is not asked any more: {self._closed}")
        if self.left() <= 0:
            raise BudgetError(f"the {self.seconds:g} seconds that the model has for one digest are used up")

    def reserve(self, prompt: str) -> Decimal:
        """Set aside what a request may cost at most, and return it; raise BudgetError where it is more than is left."""
        self.check()
        guess = Bill(len(prompt), EXPECTED_ANSWER_TOKENS).cost  # a character is hardly ever more than one token
        with self._lock:
            if self.usd and self.spent + self._reserved + guess > self.usd:
                raise BudgetError(
                    f"the budget of {format_usd(self.usd)} for this digest is used up ({format_usd(self.spent)} spent)"
                )
            self._reserved += guess
        return guess

    def settle(self, reserved: Decimal, paid: Bill) -> None:
        """Put what a request did cost in the place of what was set aside for it."""
        with self._lock:
            self._reserved -= reserved
            self.spent += paid.cost
            self.bill += paid

    def succeeded(self) -> None:
        """Note an answer: the next failure is the first one again."""
        with self._lock:
            self._failures = 0

    def failed(self, reason: str, *, for_good: bool = False) -> None:
        """Note that there was no answer, and why; `for_good` where no later request can do better."""
        with self._lock:
            self._failures += 1
            if not self._closed and (for_good or self._failures >= MAX_FAILURES_IN_A_ROW):
                self._closed = reason if for_good else f"{self._failures} failures in a row, at last: {reason}"
