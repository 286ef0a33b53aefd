"""Runs against counterparts that nobody here wrote, in a network namespace of their own."""
