"""CSV import: turns a file of readers who agreed elsewhere into subscriptions, and into addresses that stay away.

A file goes through the modules in this order: `read_files` (bytes to text and records), `survey` (what stands in each
column), `layouts` and `state_words` (files of other tools, and words for people who left), `column_mapping` (what each column
and value means, and what a person has to say first), `judge_rows` (what becomes of each line), `write_rows` (the rows of the
database). `jobs` lets workers do this piece by piece.

An import does not create consent: the file or the person who imports it says where the readers agreed, and that stands on
every subscription. Nobody who left, here or elsewhere, comes back by a file; readers who signed up here keep their choices.
"""
