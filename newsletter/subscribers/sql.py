"""Every SQL text of subscribers/: a category's readers, however many, are given another choice by single statements.

Django's ORM has no INSERT ... SELECT: by the ORM, each reader of the category would be read into this process and written back.
Plans and figures are those of PostgreSQL 15 on a machine of 2 cores with other work on it, for a category that 250,000 of
500,000 subscriptions chose. Not here: who runs a text, and under which lock (split_prompts, category_split).
"""

# Parameters: the category to add, and the one whose readers get it. Readers who have it already keep it as it is, so that the
# statement can be repeated: ON CONFLICT meets the unique constraint on (subscription_id, category_id).
# Plan: an index scan by category_id, then one insert per reader. 1.8 s for 250,000 new choices, 0.7 s where all had it.
ADD_CATEGORY_FOR_READERS = """
    INSERT INTO newsletter_subscription_categories (subscription_id, category_id)
    SELECT subscription_id, %s FROM newsletter_subscription_categories WHERE category_id = %s
    ON CONFLICT DO NOTHING
"""

# Parameters: the split, and the category that is divided. Runs in the transaction that adds the parts, under the lock
# that choices wait for: nobody gets the parts without the question. `accepted_emails` counts the emails that had the question so far.
# Plan: an index scan by category_id, then one insert per reader. 0.8 s for 250,000 questions.
INSERT_SPLIT_PROMPTS = """
    INSERT INTO newsletter_splitprompt (split_id, subscription_id, accepted_emails)
    SELECT %s, subscription_id, 0 FROM newsletter_subscription_categories WHERE category_id = %s
"""
