"""Mails that are written to one person."""
