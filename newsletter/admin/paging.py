"""Pages of a list that may have a million rows: counted only as far as anybody would leaf."""

from django.core.paginator import Paginator
from django.utils.functional import cached_property

MAX_COUNTED_ROWS = 10_000  # rows: beyond that one searches


class LimitedPaginator(Paginator):
    """A paginator that stops counting: an exact count reads every row."""

    farthest = MAX_COUNTED_ROWS

    @cached_property
    def count(self) -> int:
        """Return the number of rows, or FARTHEST where there are more."""
        rows = self.object_list[:MAX_COUNTED_ROWS]
        return int(rows.count()) if hasattr(rows, "count") and not isinstance(rows, list) else len(rows)
