"""A CSV file of readers who agreed elsewhere -> subscriptions, and addresses that stay away.

In the order in which a file goes through it: `reading` (bytes to rows of text, and those to records), `survey` (what stands
in each column), `layouts` and `states` (files of other tools, and words for who left), `mapping` (what each column and
value means, and what a person has to say first), `judging` (what becomes of each line), `carrying` (a worker writes it).

Consent is not made here: the file or its importer says where it comes from, and that stands on every subscription.
Nobody who left, here or elsewhere, comes back by a file; who reads by an own sign-up keeps the own choices.
"""
