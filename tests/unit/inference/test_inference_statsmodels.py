"""Where statsmodels computes the same thing, it is computed the same: regressions on a census, and step-up tests."""

import numpy as np
import pytest
import statsmodels.api as sm
from hypothesis import given, settings
from hypothesis import strategies as st
from statsmodels.stats.multitest import multipletests

from coder.inference.crosstabs import pearson_independence
from coder.inference.multiplicity import benjamini_yekutieli, step_up
from coder.inference.regression import dsl_regression
from coder.inference.sampling import draw_simple

few = settings(max_examples=40, deadline=None)


def columns(n: int = 120) -> dict[str, np.ndarray]:
    random = np.random.default_rng(3)
    x = random.integers(0, 2, n) * 1.0
    z = random.normal(size=n)
    y = (random.random(n) < 1 / (1 + np.exp(0.5 - x + 0.3 * z))) * 1.0
    return {"y": y, "x": x, "z": z, "m": np.where(random.random(n) < 0.8, x, 1 - x)}


@pytest.mark.parametrize("family", ["linear", "logistic"])
def test_a_regression_on_a_census_has_the_sandwich_standard_errors(family) -> None:
    given_ = columns()
    design = np.column_stack([np.ones(120), given_["x"], given_["z"]])
    model = sm.OLS(given_["y"], design) if family == "linear" else sm.Logit(given_["y"], design)
    fitted = model.fit(cov_type="HC0", **({} if family == "linear" else {"disp": False}))
    found = dsl_regression("y ~ x + z", given_, {"x": "m"}, draw_simple(120, 120, seed=0), family=family)
    assert found.coefficients == pytest.approx(fitted.params, rel=1e-6)
    assert found.standard_errors == pytest.approx(fitted.bse, rel=1e-6)


@few
@given(p=st.lists(st.floats(0, 1), min_size=1, max_size=15), q=st.sampled_from([0.01, 0.05, 0.2]))
def test_step_up_tests(p: list[float], q: float) -> None:
    values = np.array(p)
    assert step_up(values, q).tolist() == multipletests(values, q, method="fdr_bh")[0].tolist()
    assert benjamini_yekutieli(p, q).tolist() == multipletests(values, q, method="fdr_by")[0].tolist()


def test_pearsons_test_of_a_table() -> None:
    counts = np.array([[20.0, 31, 5], [14, 9, 40]])
    theirs = sm.stats.Table(counts, shift_zeros=False).test_nominal_association()
    ours = pearson_independence(counts)
    assert (ours.statistic, ours.df, ours.p) == pytest.approx((theirs.statistic, theirs.df, theirs.pvalue))
