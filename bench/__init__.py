"""Benchmarks: each module's `measure()` returns labels and figures; `python -m bench` prints them as one table."""
