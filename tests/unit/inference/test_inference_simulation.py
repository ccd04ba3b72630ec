"""The simulation itself, small: what undercovers and what holds where the truth is known."""

from eval.simulate_shares import Setting, simulate


def test_naive_intervals_miss_the_share_and_corrected_ones_hold():
    found = simulate(Setting(population=500, n=100, scheme="simple", coder="biased"), replicates=100, seed=1)
    common = {one.method: one for one in found if (one.category, one.target) == ("common", "superpopulation")}
    assert common["naive"].verdict == "under"
    assert common["naive"].coverage < 0.7
    for method in ("human", "dsl", "ppi"):
        assert common[method].verdict != "under"
    assert abs(common["dsl"].bias) < 0.02 < common["naive"].bias
