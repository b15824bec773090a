"""Visits sources on the web and files what they carry as items: requests, parsing, deduplication, link checks."""
