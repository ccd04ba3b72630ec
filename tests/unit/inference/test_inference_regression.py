"""Corrected regressions: equal to the ordinary ones where nothing is missing, right where a model coded the rest."""

import numpy as np
import pytest

from coder.errors import InputError
from coder.inference.formula import design_matrix, factor_levels, read_formula
from coder.inference.regression import dsl_regression
from coder.inference.sampling import draw_simple

# y by x: 10 of 40 where x = 0, 30 of 40 where x = 1.
X = np.repeat([0.0, 1.0], 40)
Y = np.concatenate([np.repeat([1.0, 0.0], [10, 30]), np.repeat([1.0, 0.0], [30, 10])])
LOGIT = [-np.log(3), 2 * np.log(3)]
LOGIT_SE = [np.sqrt(1 / 10 + 1 / 30), np.sqrt(2 * (1 / 10 + 1 / 30))]


def test_a_logistic_regression_on_a_census_is_the_ordinary_one():
    found = dsl_regression(
        "y ~ x", {"y": Y, "x": X, "m": 1 - X}, {"x": "m"}, draw_simple(80, 80, seed=0), family="logistic"
    )
    assert found.names == ("(Intercept)", "x")
    assert found.coefficients == pytest.approx(LOGIT)
    assert found.standard_errors == pytest.approx(LOGIT_SE)


def test_with_a_perfect_model_a_sample_of_hand_codes_gives_what_all_would():
    sample = draw_simple(80, 40, seed=1)
    gold = np.where(sample.drawn, X, -1)
    found = dsl_regression("y ~ x", {"y": Y, "x": gold, "m": X}, {"x": "m"}, sample, family="logistic")
    assert found.coefficients == pytest.approx(LOGIT)
    assert found.standard_errors == pytest.approx(LOGIT_SE)
    assert (found.n, found.population) == (40, 80)


def test_a_linear_regression_on_a_factor_without_intercept_is_the_groups_shares():
    # p and sqrt(p (1 - p)/40), divisor n.
    columns = {"y": Y, "m": Y, "group": ["old"] * 40 + ["new"] * 40}
    found = dsl_regression("y ~ factor(group) - 1", columns, {"y": "m"}, draw_simple(80, 80, seed=0), family="linear")
    assert found.names == ("group[new]", "group[old]")
    assert found.coefficients == pytest.approx([0.75, 0.25])
    assert found.standard_errors == pytest.approx([np.sqrt(0.75 * 0.25 / 40)] * 2)


def test_rows_doubled_within_clusters_add_no_evidence():
    twice = {"y": np.repeat(Y, 2), "m": np.repeat(Y, 2), "x": np.repeat(X, 2)}
    found = dsl_regression(
        "y ~ x",
        twice,
        {"y": "m"},
        draw_simple(160, 160, seed=0),
        family="logistic",
        cluster=np.repeat(np.arange(80), 2),
    )
    assert found.standard_errors == pytest.approx(LOGIT_SE)


def test_errors_that_follow_the_outcome_mislead_the_models_codes_and_not_the_corrected_ones():
    # True slope 0; the model takes x for 1 more often where y is 1. 2000 documents, 400 coded.
    random = np.random.default_rng(0)
    y, x = random.integers(2, size=2000) * 1.0, random.integers(2, size=2000) * 1.0
    model = np.where((y == 1) & (random.random(2000) < 0.5), 1.0, x)
    sample = draw_simple(2000, 400, seed=1)
    found = dsl_regression("y ~ x", {"y": y, "x": x, "m": model}, {"x": "m"}, sample, family="linear", covariates=["y"])
    naive = np.polyfit(model, y, 1)[0]
    assert naive > 0.2
    assert abs(found.coefficients[1]) < 2 * found.standard_errors[1]


def test_the_same_seed_gives_the_same_coefficients():
    sample = draw_simple(80, 40, seed=1)
    model = np.where(np.arange(80) % 7 == 0, 1 - X, X)
    runs = [
        dsl_regression("y ~ x", {"y": Y, "x": X, "m": model}, {"x": "m"}, sample, family="logistic", seed=seed)
        for seed in (1, 1, 2)
    ]
    assert (runs[0].coefficients == runs[1].coefficients).all()
    assert (runs[0].coefficients != runs[2].coefficients).any()


@pytest.mark.parametrize(
    ("formula", "predicted", "words"),
    [
        ("y ~ x + z", {"x": "m"}, "no column 'z'"),
        ("y ~ x", {"z": "m"}, "'z' is not in the formula"),
        ("y ~ factor(x)", {"x": "m"}, "cannot be a factor"),
        ("y ~ x + w", {"x": "m"}, "a sum of the others"),
    ],
)
def test_what_cannot_be_fitted_is_refused_with_the_reason(formula, predicted, words):
    columns = {"y": Y, "x": X, "m": X, "w": np.ones(80)}
    with pytest.raises(InputError, match=words):
        dsl_regression(formula, columns, predicted, draw_simple(80, 40, seed=0), family="linear")


def test_too_few_hand_codes_for_the_folds_and_perfect_separation_are_refused():
    columns = {"y": X, "x": X, "m": X}
    with pytest.raises(InputError, match="do not fill 5 folds"):
        dsl_regression("y ~ x", columns, {"x": "m"}, draw_simple(80, 9, seed=0), family="linear")
    with pytest.raises(InputError, match="has no solution"):
        dsl_regression("y ~ x", columns, {"x": "m"}, draw_simple(80, 40, seed=0), family="logistic")


def matrix(text, columns):
    formula = read_formula(text)
    return design_matrix(formula, columns, factor_levels(formula, columns))


COLUMNS = {"y": [0.0, 1, 0], "a": [1.0, 2, 3], "b": ["u", "v", "w"]}


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("y ~ a", ("(Intercept)", "a")),
        ("y ~ 1", ("(Intercept)",)),
        ("y ~ a + b", ("(Intercept)", "a", "b[v]", "b[w]")),
        ("y ~ 0 + b + a", ("b[u]", "b[v]", "b[w]", "a")),
        ("y ~ as.factor(a) - 1", ("a[1]", "a[2]", "a[3]")),
        ("y ~ C(a) + a", ("(Intercept)", "a[2]", "a[3]", "a")),
        ("y ~ a:b", ("(Intercept)", "a:b[v]", "a:b[w]")),
        ("y ~ a*b", ("(Intercept)", "a", "b[v]", "b[w]", "a:b[v]", "a:b[w]")),
    ],
)
def test_a_formula_names_its_columns(text, names):
    assert matrix(text, COLUMNS)[1] == names


def test_products_multiply_and_factors_are_zero_and_one():
    found, _ = matrix("y ~ a*b", COLUMNS)
    assert found.tolist() == [[1, 1, 0, 0, 0, 0], [1, 2, 1, 0, 2, 0], [1, 3, 0, 1, 0, 3]]


@pytest.mark.parametrize("text", ["y", "~ a", "y ~ log(a)", "y ~ a - b", "y ~ a*b*c", "y ~ a ^ 2"])
def test_a_formula_that_is_not_read_is_refused(text):
    with pytest.raises(InputError, match="formula"):
        read_formula(text)
