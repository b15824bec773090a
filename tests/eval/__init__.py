"""How well the quality gates work: sections that are right, the same ones broken in one place, and what is found."""
