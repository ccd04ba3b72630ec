"""Every client asks every question of the stand-in endpoint, in processes of their own. Nothing is timed."""

from __future__ import annotations

from eval import speed


def test_each_client_asks_all_there_is_to_ask() -> None:
    """A client that fails or leaves a question out ends the measurement with RuntimeError."""
    rows = list(speed.measure(speed.installed(), [speed.Load(6, 3)]))
    assert [row.client for row in rows] == list(speed.installed())
    assert set(speed.ALL) - set(speed.PEERS) <= set(speed.installed())  # peers of other environments may be absent
    assert all(row.seconds > 0 and row.cpu_ms > 0 for row in rows)
