"""Decisions: what follows from a stream's events and a command. One file an aggregate; no I/O, no clock."""
