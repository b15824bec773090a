"""The quality gates: what a text says is held against its sources. Pure, but for section_checks, which reads rows."""
