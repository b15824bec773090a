"""Hands messages to mail servers and ESPs, and reads what their answers mean for each reader."""
