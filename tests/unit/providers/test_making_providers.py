"""The factory: names, and what stays unloaded."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from coder.errors import ProviderError
from coder.providers import Destination, ProviderName, destination, make_provider
from coder.providers.local.grammar import one_line_json, value_behind


def test_an_unknown_provider_lists_the_known_ones() -> None:
    with pytest.raises(ProviderError) as caught:
        make_provider("gpt")  # type: ignore[arg-type]
    assert caught.value.hint == "use local, openai or recorded"


@pytest.mark.parametrize(
    ("name", "address", "host"),
    [
        ("local", "https://api.example.org/v1", None),
        ("recorded", None, None),
        ("openai", "http://127.0.0.1:8080/v1", None),
        ("openai", "http://localhost/v1", None),
        ("openai", "http://[::1]:8080/v1", None),
        ("openai", "https://user:secret@API.example.org/v1", Destination("api.example.org", True)),
        ("openai", "http://10.0.0.7:8080/v1", Destination("10.0.0.7:8080", False)),
        ("openai", "http://localhost.example.org/v1", Destination("localhost.example.org", False)),
        ("openai", None, Destination("api.openai.com", True)),
    ],
)
def test_where_texts_would_go_is_known_before_anything_starts(
    name: ProviderName, address: str | None, host: Destination | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("OPENAI_BASE_URL", raising=False)
    assert destination(name, address) == host


def test_the_environment_can_name_another_host_and_an_address_that_is_none_is_refused(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("OPENAI_BASE_URL", "https://elsewhere.example.org/v1")
    assert destination("openai") == Destination("elsewhere.example.org", True)
    with pytest.raises(ProviderError, match="not a web address"):
        destination("openai", "example.org")


def test_recorded_answers_need_a_file() -> None:
    with pytest.raises(ProviderError, match="needs a file"):
        make_provider("recorded")


def test_the_factory_alone_loads_no_heavy_package() -> None:
    script = (
        "import sys, coder.providers, coder.providers.recorded;"
        "print([name for name in ('openai', 'instructor', 'httpx2', 'xllamacpp') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_the_grammar_of_arrays_holds_the_schema_and_forbids_white_space() -> None:
    schema = {"type": "array", "prefixItems": [{"enum": ["näher", "b"]}], "items": False}
    head, rule = one_line_json(schema).split("\n", 1)
    assert head == "%llguidance {}"
    assert json.loads(rule.removeprefix("start: %json ")) == {**schema, "x-guidance": {"whitespace_flexible": False}}


def test_the_grammar_of_objects_writes_the_usual_spaces_on_one_line() -> None:
    schema = {"type": "object", "properties": {"code": {"enum": ["a"]}}, "required": ["code"]}
    rule = one_line_json(schema).split("\n", 1)[1]
    guidance = json.loads(rule.removeprefix("start: %json "))["x-guidance"]
    assert guidance == {"whitespace_flexible": False, "item_separator": ", ", "key_separator": ": "}


def test_a_part_of_an_answer_begins_with_the_space_that_stands_before_it() -> None:
    head, start, value = value_behind(" ", {"type": "array"}).split("\n")
    assert (head, start) == ("%llguidance {}", 'start: " " value')
    assert json.loads(value.removeprefix("value: %json "))["x-guidance"]["item_separator"] == ", "
    assert value_behind("", {"type": "array"}).split("\n")[1] == "start: value"
