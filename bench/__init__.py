"""Measurements: each module's `rows()` returns labels and figures; `python -m bench` prints them as one table."""
