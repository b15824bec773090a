"""Where our dates differ from Django's formats: one module per language."""
