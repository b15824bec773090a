"""Subscribers: consent, accounts, suppression, protection from abuse, categories, CSV import and export."""
