"""Where a key goes, and that it shows nowhere."""

from __future__ import annotations

import pytest

from coder.errors import ProviderError
from coder.providers.keys import check_address, check_key, host_of, is_loopback, key_for, scrub


@pytest.fixture(autouse=True)
def _no_keys(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("INTERCODER_API_KEY", "OPENAI_API_KEY", "OPENAI_BASE_URL"):
        monkeypatch.delenv(name, raising=False)


def test_our_own_variable_wins(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("INTERCODER_API_KEY", "ours")
    monkeypatch.setenv("OPENAI_API_KEY", "theirs")
    assert key_for("https://llm.example.org/v1") == "ours"


@pytest.mark.parametrize(
    "url",
    [
        "https://api.openai.com/v1",
        "https://eu.api.openai.com/v1",
        "https://lab.openai.azure.com/openai/v1",
        "http://127.0.0.1:8000/v1",
        "http://localhost:11434/v1",
        "http://[::1]:8000/v1",
    ],
)
def test_the_openai_key_goes_to_openai_azure_and_this_machine(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "theirs")
    assert key_for(url) == "theirs"


@pytest.mark.parametrize(
    "url", ["https://llm.example.org/v1", "https://api.openai.com.evil.example/v1", "https://evilopenai.com/v1"]
)
def test_the_openai_key_does_not_go_where_only_a_project_file_points(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "theirs")
    assert key_for(url) == ""


def test_the_openai_key_goes_to_the_host_that_the_environment_names(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "theirs")
    monkeypatch.setenv("OPENAI_BASE_URL", "https://llm.example.org/v1")
    assert key_for("https://llm.example.org/v1") == "theirs"


def test_no_key_is_the_empty_key() -> None:
    assert key_for("http://127.0.0.1:8000/v1") == ""


def test_the_host_is_named_without_user_and_password() -> None:
    assert host_of("https://user:secret@llm.example.org:8443/v1") == "llm.example.org:8443"


@pytest.mark.parametrize(("url", "here"), [("http://127.9.9.9/v1", True), ("http://10.0.0.1/v1", False)])
def test_loopback_is_the_whole_127_network_and_nothing_else(url: str, here: bool) -> None:
    assert is_loopback(url) is here


def test_the_key_and_whatever_looks_like_one_are_taken_out() -> None:
    said = "key s3cret and sk-abc*****xyz, header Bearer eyJhbGci"
    assert scrub(said, "s3cret") == "key [key] and [key], header [key]"


def test_a_message_becomes_one_printable_line_of_bounded_length() -> None:
    assert scrub("a\x1b[31mb\nc" + "x" * 1000, "").startswith("a [31mb c")
    assert len(scrub("x" * 1000, "")) == 400


@pytest.mark.parametrize(
    "url", ["127.0.0.1:8000/v1", "llm.example.org/v1", "ftp://x/v1", "http:///v1", "http://h:port/v1"]
)
def test_an_address_that_is_none_is_refused_with_an_example(url: str) -> None:
    with pytest.raises(ProviderError, match="not a web address") as caught:
        check_address(url)
    assert "http://127.0.0.1:11434/v1" in caught.value.hint


@pytest.mark.parametrize("key", ["schlüssel", "two\nlines", "nul\0"])
def test_a_key_that_cannot_be_sent_is_refused_without_being_shown(key: str) -> None:
    with pytest.raises(ProviderError, match="characters that no key has") as caught:
        check_key(key)
    assert key not in caught.value.message + caught.value.hint
