"""Emails: an approved digest is rendered once into fragments, and fragments are joined into the email of a set of choices."""
