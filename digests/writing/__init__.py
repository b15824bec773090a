"""Writes the sections of a digest from their items, with the gates' checks, and draws its chart."""
