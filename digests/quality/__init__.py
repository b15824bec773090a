"""Quality gates: rules that compare a text with its sources. All modules are pure, except section_checks, which reads and writes rows."""
