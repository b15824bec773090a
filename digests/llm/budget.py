"""Limits what a model may cost for one digest: money, time, and failures in a row.

All requests of a digest share one Budget, from several threads. Before each request it reserves the most that the request
may cost, so that parallel requests cannot exceed the limit together. After three failures in a row, or one that only a
person can mend (a refused key), it allows no further request. Not here: the requests (`requests`).
"""

import threading
import time
from collections import Counter
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from django.conf import settings

from digests.llm.model_problems import ModelProblem
from digests.text.messages import CodedError, make_message
from digests.text.numbers import format_usd

MAX_FAILURES_IN_A_ROW = 3  # a server that failed for three sections in turn fails for the fourth as well
EXPECTED_ANSWER_TOKENS = 6000  # five parts on ten items in Korean with their passages, which no proper answer exceeds


class BudgetError(CodedError):
    """The budget allows no further request."""


@dataclass(frozen=True)
class Bill:
    """The tokens that were paid for, and their cost in US dollars (0 where no prices are set)."""

    tokens_in: int = 0
    tokens_out: int = 0
    cost: Decimal = Decimal(0)

    def __add__(self, other: "Bill") -> "Bill":
        return Bill(self.tokens_in + other.tokens_in, self.tokens_out + other.tokens_out, self.cost + other.cost)


@dataclass
class Budget:
    """The limits of one digest in US dollars and seconds; `spent` starts with the cost of its earlier builds."""

    spent: Decimal = Decimal(0)
    usd: Decimal = field(default_factory=lambda: settings.LLM_BUDGET_USD)  # 0 is no limit
    seconds: float = field(default_factory=lambda: settings.LLM_BUDGET_SECONDS)  # 0 is no limit
    bill: Bill = field(default_factory=Bill)  # of this build
    _started_at: float = field(default_factory=time.monotonic)
    _reserved: Decimal = Decimal(0)
    # By server: one that checks texts and refuses its key must not stop the one that writes them.
    _failures: Counter[str] = field(default_factory=Counter)
    _closed_reasons: dict[str, dict[str, Any]] = field(default_factory=dict)  # why no further request is allowed
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def seconds_left(self) -> float:
        """Return the seconds that are left, infinity where there is no limit."""
        return self.seconds - (time.monotonic() - self._started_at) if self.seconds else float("inf")

    def check(self, server: str = "") -> None:
        """Raise BudgetError where no further request to a server (any name) is allowed."""
        if reason := self._closed_reasons.get(server):
            raise BudgetError(ModelProblem.STOPPED, reason=reason)
        if self.seconds_left() <= 0:
            raise BudgetError(ModelProblem.TIME_USED_UP, seconds=f"{self.seconds:g}")

    def reserve(self, estimate: Decimal, server: str = "") -> Decimal:
        """Reserve the most that a request may cost, in US dollars, and return it; BudgetError where less is left."""
        self.check(server)
        with self._lock:
            if self.usd and self.spent + self._reserved + estimate > self.usd:
                raise BudgetError(ModelProblem.MONEY_USED_UP, limit=format_usd(self.usd), spent=format_usd(self.spent))
            self._reserved += estimate
        return estimate

    def settle(self, reserved: Decimal, paid: Bill) -> None:
        """Replace the reservation of a request by its real cost."""
        with self._lock:
            self._reserved -= reserved
            self.spent += paid.cost
            self.bill += paid

    def record_success(self, server: str = "") -> None:
        """Record an answer; failures are counted from zero again."""
        with self._lock:
            self._failures[server] = 0

    def record_failure(self, reason: dict[str, Any], server: str = "", *, for_good: bool = False) -> None:
        """Record that a request failed, and why; `for_good` where no later request can succeed."""
        with self._lock:
            self._failures[server] += 1
            failures = self._failures[server]
            if server not in self._closed_reasons and (for_good or failures >= MAX_FAILURES_IN_A_ROW):
                in_a_row = make_message(ModelProblem.FAILURES, count=failures, reason=reason)
                self._closed_reasons[server] = reason if for_good else in_a_row
