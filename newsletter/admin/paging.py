"""Paging of lists that may have a million rows: an exact count reads every row, so counting stops early."""

from django.core.paginator import Paginator
from django.utils.functional import cached_property

MAX_COUNTED_ROWS = 10_000  # nobody pages farther; beyond that a person searches


class LimitedPaginator(Paginator):
    """A paginator that counts MAX_COUNTED_ROWS at most."""

    farthest = MAX_COUNTED_ROWS

    @cached_property
    def count(self) -> int:
        """Return the number of rows, MAX_COUNTED_ROWS where there are more."""
        rows = self.object_list[:MAX_COUNTED_ROWS]
        return int(rows.count()) if hasattr(rows, "count") and not isinstance(rows, list) else len(rows)
