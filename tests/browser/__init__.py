"""Tests that drive a real Chromium as a reader does."""
