"""What the desk's benchmark makes of its strokes."""

from eval.bench_desk import Stroke, summary


def test_the_percentile_is_a_measured_latency_and_unpainted_keys_are_left_out() -> None:
    # 1 ms to 20 ms: the median lies between 10 and 11, and rank ceil(.95 * 20) = 19 is 19 ms.
    done = [Stroke("j", number / 1000, 0.004) for number in range(20, 0, -1)] + [Stroke("e", None, 0.001)]
    found = summary(done)
    assert (found["painted"], found["median_ms"], found["p95_ms"]) == (20, 10.5, 19.0)
    # 20 keys of 4 ms and one of 1 ms.
    assert found["cpu_ms"] == 3.9


def test_keys_that_paint_nothing_have_no_latency() -> None:
    assert summary([Stroke("e", None, 0.002)])["p95_ms"] is None
