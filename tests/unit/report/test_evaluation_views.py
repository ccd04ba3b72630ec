"""Details, people, stability, comparison and plan, as a terminal of 80 columns shows them."""

from __future__ import annotations

import pytest

from coder.agreement.beside import beside
from coder.agreement.comparison import Comparison
from coder.agreement.people import Between, People
from coder.agreement.planning import Margins, Required
from coder.agreement.plans import Expected, Goal, Plan
from coder.agreement.several import SeveralAlpha
from coder.model import Coefficient, Run
from coder.report import comparison_table, details_view, people_table, stability_table
from coder.report.evaluation import evaluation_notes
from coder.report.plan import plan_view
from tests.unit.report.test_agreement_tables import line_of, shown

HOSTILE = "[red]x[/red]\x1b[2J\u202e"


@pytest.fixture
def kappa() -> Coefficient:
    return Coefficient(coefficient="cohen_kappa", value=0.7, low=0.6, high=0.8, n=60)


@pytest.fixture
def alpha() -> SeveralAlpha:
    return SeveralAlpha("mode", 0.81, 0.7, 0.9, n=60, coders=3, gaps=2, distance="nominal")


def test_the_details_show_both_intervals_refusals_and_what_each_side_gave(nominal):
    text = shown(details_view(nominal, beside(nominal)))
    # 0.715 -+ 1.96 * 0.05; 2 of 120 refused, exact limits 0.002 and 0.059
    assert "0.60 to 0.81 (BCa)  0.62 to 0.81 (analytic, standard" in text
    assert "2 of 120: 0.02 (0.00 to 0.06, exact)" in text
    assert "kappa 0.74" in text
    assert "3 undecidable" in text
    assert line_of(text, "online") == ["online", "82", "80", "-2"]
    assert line_of(text, "hybrid") == ["hybrid", "0", "0", "·"]
    assert "Landis & Koch 1977" in text


def test_the_details_of_sets_are_their_labels(multilabel):
    text = shown(details_view(multilabel, beside(multilabel)))
    assert line_of(text, "medical")[:2] == ["medical", "0.60"]
    assert "medical 0.50 0.05 0.05 0.60 0.62 0.90 80%" in " ".join(text.split())
    assert "fewer than 50 items" in text


def test_alpha_is_held_to_krippendorffs_levels_and_not_to_those_of_kappa(multilabel):
    enough = multilabel.model_copy(update={"value": 0.85, "low": 0.78, "high": 0.9, "se": 0.02, "reason": None})
    # .85 lies 2.5 standard errors above .800
    text = " ".join(shown(details_view(enough, beside(enough))).split())
    assert "reliable, with probability 0.99 (Krippendorff 2018" in text
    assert "Landis" not in text


def test_a_weighted_kappa_names_the_figures_that_have_no_weights(nominal):
    weighted = nominal.model_copy(update={"coefficient": "cohen_kappa_linear", "kind": "ordinal", "pabak": 0.7})
    assert "PABAK, unweighted 0.70" in " ".join(shown(details_view(weighted, beside(weighted))).split())


def test_withheld_figures_leave_only_the_reason(nominal):
    nothing = dict.fromkeys(("value", "low", "high", "se", "percent_agreement", "percent_agreement_low"))
    withheld = nominal.model_copy(update=nothing | {"reason": "selected", "table": (), "labels": ()})
    text = shown(details_view(withheld, beside(withheld)))
    assert "selected" in text
    assert "PABAK" not in text


def test_where_kappa_is_undefined_the_figures_that_are_not_still_stand(nominal):
    undefined = nominal.model_copy(
        update=dict.fromkeys(("value", "low", "high", "se", "kappa_max"))
        | {"reason": "undefined: one category", "percent_agreement": 1.0, "percent_agreement_low": 0.94, "refused": 0}
        | {"categories": ("offline", "online"), "table": ((60, 0), (0, 0)), "gold_margins": (60, 0)}
        | {"coder_margins": (60, 0), "pabak": 1.0, "n": 60}
    )
    text = " ".join(shown(details_view(undefined, beside(undefined))).split())
    assert "kappa undefined: one category" in text
    assert "same 100% (exact lower limit 94%)" in text
    # pi 1 and 0: pe of AC1 is 0
    assert "PABAK 1.00 Gwet's AC 1.00" in text
    assert "kappa max" not in text


def test_each_pair_has_a_line_and_those_who_code_in_turn_share_one(kappa, alpha):
    people = People("mode", (Between("ada", "model", kappa),), (Between("ada", "ben", kappa),), few=7)
    text = shown(people_table([people], {"mode": alpha}))
    assert line_of(text, "mode") == ["mode", "model", "–", "ada", "kappa", "0.70", "0.60", "to", "0.80", "60"]
    assert line_of(text, "ben")[:3] == ["ben", "–", "ada"]
    assert line_of(text, "all")[:6] == ["all", "3", "people", "nom.", "alpha", "0.81"]
    assert line_of(text, "7") == ["7", "other", "people", "–", "–", "a"]
    assert "are not pooled into one" in " ".join(text.split())


def test_stability_is_never_called_agreement_with_people(alpha):
    text = " ".join(shown(stability_table([alpha])).split())
    assert "mode nom. alpha 0.81 0.70 to 0.90 60 3" in text
    assert "it says nothing of agreement with people" in text
    assert "2 answers that were refused, invalid or failed are left out" in text


def test_a_comparison_shows_both_runs_their_difference_and_the_adjusted_p():
    found = [
        Comparison("mode", "cohen_kappa", 60, 0.8, 0.7, 0.1, 0.02, 0.18, 0.04, 0.0001, 0.0002),
        Comparison("topics", "alpha_masi", 20, 0.5, 0.4, 0.1, None, None, None, None, None, "no interval: n = 20"),
    ]
    text = shown(comparison_table(found))
    assert line_of(text, "mode") == [
        "mode", "kappa", "0.80", "0.70", "0.10", "0.02", "to", "0.18", "<", "0.001", "60",
    ]  # fmt: skip
    assert line_of(text, "topics")[-4:] == ["–", "–", "20", "a"]
    assert "no interval: n = 20" in text


def test_the_notes_name_what_was_held_against_what():
    run = Run(coder_id="c", codebook_hash="h", prompt_hash="p", parameters={"examples": ["v1"]})
    notes = evaluation_notes([run], "gold 'team', version 2, by ada", ["ada", "ben"], rule=False, easier=False)
    text = "\n".join(line.plain for line in notes)
    assert f"run {run.id} against gold 'team', version 2, by ada" in text
    assert "2 people coded (ada, ben)" in text
    assert "1 shown to the model as worked examples" in text
    ruled = evaluation_notes([run], "gold by majority", ["ada", "ben"], rule=True, easier=True)
    assert "the rest is easier" in ruled[1].plain


def test_a_plan_says_the_number_first_and_names_what_decides():
    margins = Margins.same((0.2,))
    plans = [
        Plan(Expected("mode", "linear", 40, margins), Required(314, 314), attainable=0.18),
        Plan(Expected("topics", "unweighted", 40, margins, "medical"), Required(76, 60, "10 on the rarer side")),
        Plan(Expected("price", "unweighted", 0, None, reason="no answers"), None),
    ]
    text = shown(plan_view(Goal(documents=100), plans, "the model's codes", {"mode": 12}))
    assert text.startswith("314 documents to code by hand; mode takes the most")
    assert line_of(text, "mode") == ["mode", "20%", "314", "0.18", "12", "a", "b"]
    assert line_of(text, "topics:")[-1] == "c"
    assert "more than the 100 documents there are" in text
    assert "the minimum decides: 10 on the rarer side, with probability 0.95" in text
    assert "no answers" in text
    assert max(len(line.rstrip()) for line in text.splitlines()) <= 80


def test_hostile_names_are_neither_markup_nor_terminal_control(nominal, kappa, alpha):
    result = nominal.model_copy(update={"dimension": HOSTILE, "categories": (HOSTILE, "b", "c", "d")})
    people = People(HOSTILE, (Between(HOSTILE, "model", kappa),), (), few=0)
    views = [
        details_view(result, beside(result)),
        people_table([people], {}),
        comparison_table([Comparison(HOSTILE, "cohen_kappa", 0, *[None] * 8, "none")]),
        plan_view(Goal(), [Plan(Expected(HOSTILE, "unweighted", 0, None, HOSTILE, "none"), None)], HOSTILE, {}),
    ]
    for view in views:
        text = shown(view, width=200)
        assert "[red]x[/red]" in text
        assert not set(text) & {"\x1b", "\u202e"}
