"""Conformance: published and independently computed values against what the library computes.

Each module here with a `KINDS` adds kinds of cases: functions from a whole case to values by the keys of `expected`.
"""
