"""Bytes to mail servers and providers, and what their answers mean."""
