"""Turns an approved digest into one delivery per reader, sends each once, and writes what became of it.

Planning (audience), claiming (queue), sending (dispatch, worker), outcomes, recovery after a kill, and retention. Not here:
how bytes reach a server (transport), and what comes back later (feedback).
"""
