"""Exact probabilities from next-token probabilities, on a toy vocabulary whose figures are made by hand."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pytest

from coder.providers.local.probabilities import Tokens, closing_tokens, code_probabilities, distribution_at
from tests.toy_model import ToyModel

PROMPT = "Which?"


def schema(**options: Sequence[str]) -> dict[str, object]:
    numbers = {"type": "array", "items": {"type": "integer"}}
    return {
        "properties": {
            name: {"type": "array", "prefixItems": [numbers, {"type": "string", "enum": list(codes)}], "items": False}
            for name, codes in options.items()
        }
    }


def measured(model: ToyModel, answer: str, asked: Mapping[str, object]) -> list[tuple[str, float, dict[str, float]]]:
    closing = closing_tokens(model.tokenise)

    def weigh(text: str, options: Sequence[str]) -> Mapping[str, float]:
        return distribution_at(text, options, model.tokenise, model.following, closing)

    found = code_probabilities(PROMPT, answer, dict(asked), weigh)
    return [(one.code, one.probability, one.distribution) for one in found]


PLACES = schema(place=["online", "on_site", "offline", "absent"])
SHARED = ToyModel(
    ["on", "line", "_site", "off", "absent", '],"', '"]', '"]}', "Which?"],
    {'],"': {"on": 0.6, "off": 0.3, "absent": 0.1}, '],"on': {"line": 0.25, "_site": 0.75}},
)


def test_codes_that_share_a_first_token_are_told_apart_by_the_next() -> None:
    ((code, probability, distribution),) = measured(SHARED, '{"place":[[1],"on_site"]}', PLACES)
    # on 0.6 x (line 0.25, _site 0.75); off and absent each go on in one way only
    wanted = {"online": 0.15, "on_site": 0.45, "offline": 0.3, "absent": 0.1}
    assert distribution == pytest.approx(wanted)
    assert list(distribution) == list(wanted)  # in the order of the codebook
    assert (code, probability) == ("on_site", distribution["on_site"])


def test_only_branchings_cost_a_pass() -> None:
    model = ToyModel(SHARED.vocabulary, SHARED.chances)
    measured(model, '{"place":[[1],"absent"]}', PLACES)
    assert [model.text(path) for path in model.asked] == ['Which?{"place":[[1],"', 'Which?{"place":[[1],"on']


def test_weights_that_the_candidates_share_with_other_tokens_are_set_in_proportion() -> None:
    model = ToyModel(["on", "off", '],"', "Which?"], {'],"': {"on": 0.02, "off": 0.06}})
    ((_, _, distribution),) = measured(model, '{"place":[[1],"on"]}', schema(place=["on", "off"]))
    assert distribution == pytest.approx({"on": 0.25, "off": 0.75})


def test_a_code_that_another_one_begins_with_ends_with_every_token_that_closes_it() -> None:
    # behind "on" the model closes with a bare quote (0.05), with "] (0.15) or with "]} (0.2), or goes on (0.1)
    chances = {'],"': {"on": 1.0}, '],"on': {'"': 0.05, '"]': 0.15, '"]}': 0.2, "_site": 0.1}}
    model = ToyModel(["on", "_site", '],"', '"]', '"]}', "Which?"], chances)
    ((_, _, distribution),) = measured(model, '{"place":[[1],"on"]}', schema(place=["on", "on_site"]))
    assert distribution == pytest.approx({"on": 0.8, "on_site": 0.2})


def test_a_code_that_ends_within_a_token_is_left_out_only_where_that_token_decides() -> None:
    model = ToyModel(["3", "h", '+"', "rest", '],"', "Which?"], {'],"': {"3": 0.7, "rest": 0.3}, '],"3h': {'"': 0.5}})
    answer = '{"span":[[1],"3h+"]}'
    ((_, probability, _),) = measured(model, answer, schema(span=["3h+", "rest"]))
    assert probability == pytest.approx(0.7)
    assert measured(model, answer, schema(span=["3h+", "3h", "rest"])) == []


def test_a_position_where_text_and_tokens_do_not_line_up_is_left_out_alone() -> None:
    # with the token "_ (a quote and an underscore) the opening quote of _b is no token of its own
    model = ToyModel(["a", '"_', "Which?"], {'"': {"a": 0.9, "c": 0.1}})
    found = measured(model, '{"one":[[1],"a"],"two":[[2],"c"]}', schema(one=["a", "_b"], two=["a", "c"]))
    assert [(code, round(probability, 6)) for code, probability, _ in found] == [("c", 0.1)]


def test_codes_that_the_model_gives_no_weight_at_all_have_no_probability() -> None:
    model = ToyModel(["on", "off", '],"', "Which?"], {})
    assert measured(model, '{"place":[[1],"on"]}', schema(place=["on", "off"])) == []


def test_a_dimension_with_one_code_is_certain_without_a_pass() -> None:
    model = ToyModel(["on", '],"', "Which?"], {})
    assert measured(model, '{"place":[[1],"on"]}', schema(place=["on"])) == [("on", 1.0, {"on": 1.0})]
    assert model.asked == []


def test_each_label_of_a_list_is_measured_at_its_place_given_those_before() -> None:
    numbers = {"type": "array", "items": {"type": "integer"}}
    record = {"type": "array", "prefixItems": [numbers, {"type": "string", "enum": ["x", "y"]}], "items": False}
    asked = {"properties": {"parts": {"type": "array", "items": record}}}
    chances = {'[[[1],"': {"x": 0.2, "y": 0.8}, '"y"],[[2],"': {"x": 0.9, "y": 0.1}}
    model = ToyModel(["x", "y", "Which?"], chances)
    found = measured(model, '{"parts":[[[1],"y"],[[2],"x"]]}', asked)
    assert [(code, round(probability, 6)) for code, probability, _ in found] == [("y", 0.8), ("x", 0.9)]


def test_later_codes_are_asked_first_so_that_every_prompt_is_the_beginning_of_a_cached_one() -> None:
    model = ToyModel(["a", "b", '],"', "Which?"], {'],"': {"a": 0.5, "b": 0.5}})
    answer = '{"one":[[1],"a"],"two":[[2],"b"],"six":[[3],"a"]}'
    found = measured(model, answer, schema(one=["a", "b"], two=["a", "b"], six=["a", "b"]))
    assert [code for code, _, _ in found] == ["a", "b", "a"]
    cached: Tokens = model.tokenise(PROMPT + answer)
    for path in model.asked:
        assert cached[: len(path)] == path
        cached = path
    assert len(model.asked) == 3
