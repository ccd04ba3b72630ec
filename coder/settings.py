"""intercoder.toml and the INTERCODER_* environment: every setting, its default and what it means."""

from __future__ import annotations

import os
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from coder.errors import InputError

FILE_NAME = "intercoder.toml"
_SECRET_WORDS = ("key", "token", "secret", "password")


class _Section(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class ModelSettings(_Section):
    """[model]: which model codes, and how it is asked."""

    provider: Annotated[
        Literal["local", "openai", "recorded"],
        Field(description="local: the embedded model; openai: any OpenAI-compatible endpoint; recorded: saved answers"),
    ] = "local"
    name: Annotated[str, Field(description="the model's name at the endpoint, or of the embedded weights")] = ""
    base_url: Annotated[str, Field(description="the endpoint's address, ending in /v1; empty: OpenAI's own")] = ""
    path: Annotated[str, Field(description="a GGUF file for 'local', or the file of answers for 'recorded'")] = ""
    temperature: Annotated[float, Field(ge=0, le=2, description="0 gives the most repeatable answers")] = 0.0
    samples: Annotated[int, Field(ge=1, le=100, description="replicates asked for each document")] = 1
    seed: Annotated[int, Field(description="sent with every call; replicate k sends seed + k")] = 20210215
    context: Annotated[
        int, Field(ge=0, description="context window in tokens; 0: ask the endpoint or do not check")
    ] = 0
    max_tokens: Annotated[int, Field(ge=16, description="longest answer, in tokens")] = 2048
    threads: Annotated[int, Field(ge=0, description="threads of the embedded model; 0: one a core")] = 0
    answer: Annotated[
        Literal["auto", "object", "compact"],
        Field(description="shape of the JSON answer; auto: compact for 'local', object elsewhere"),
    ] = "auto"
    manual: Annotated[
        Literal["auto", "full", "brief"],
        Field(description="how much of the codebook the model reads; auto: questions and definitions for 'local'"),
    ] = "auto"
    calls: Annotated[
        Literal["auto", "together", "each"],
        Field(description="one call for all dimensions of a text, or one for each; auto: together"),
    ] = "auto"
    confidence: Annotated[
        Literal["auto", "on", "off"],
        Field(description="measure how probable each code was, from the model's token probabilities; auto: off"),
    ] = "auto"
    labels: Annotated[
        Literal["auto", "list", "yes_no"],
        Field(
            description="a multi-label dimension as a list of its labels, or as yes or no to each; auto: yes_no for "
            "'local'"
        ),
    ] = "auto"
    cite: Annotated[
        Literal["auto", "before", "after"],
        Field(description="the sentences before the code that they carry or behind it; auto: behind it for 'local'"),
    ] = "auto"
    surroundings: Annotated[
        Literal["auto", "show", "hide"],
        Field(description="a text's context fields beside it in the prompt, or not; auto: not for 'local'"),
    ] = "auto"
    text: Annotated[
        Literal["auto", "first", "last"],
        Field(
            description="the text before or behind a question asked alone; auto: where it costs least to read, "
            "behind it where examples are shown"
        ),
    ] = "auto"
    prior: Annotated[
        Literal["auto", "keep", "correct", "confirm"],
        Field(
            description="correct: take out of each code's probability what the model leans to over all texts; confirm: "
            "a yes or no to a criterion stands only where its answers to other texts bear it out; "
            "auto: correct for 'local', confirm where it screens"
        ),
    ] = "auto"
    examples: Annotated[
        Literal["auto"] | Annotated[int, Field(ge=0, le=20)],
        Field(
            description="worked examples shown, from gold in the split 'examples'; "
            "auto: for 'local' as many as have room, at most 12; else 0"
        ),
    ] = "auto"


class StoreSettings(_Section):
    """[store]: where codings are kept."""

    url: Annotated[str, Field(description="a SQLite file beside intercoder.toml, or a postgresql:// URL")] = (
        "intercoder.db"
    )


class CoderSettings(_Section):
    """[coder]: who sits at this machine."""

    name: Annotated[str, Field(description="your name as a coder; empty: your login name")] = ""


class RunSettings(_Section):
    """[run]: how a pass over the documents behaves."""

    concurrency: Annotated[
        int,
        Field(ge=0, le=1000, description="most calls in flight; 0: found by trying, up to 256 (for 'local': 1)"),
    ] = 0
    rpm: Annotated[int, Field(ge=0, description="most requests a minute; 0: as many as the endpoint takes")] = 0
    tpm: Annotated[
        int, Field(ge=0, description="most tokens a minute, prompt and answer; 0: as many as the endpoint takes")
    ] = 0
    budget_usd: Annotated[
        float, Field(ge=0, description="what a run may cost in USD, earlier passes included; 0: no limit")
    ] = 0.0
    budget_tokens: Annotated[
        int, Field(ge=0, description="what a run may take in tokens, earlier passes included; 0: no limit")
    ] = 0
    deadline_s: Annotated[
        float, Field(ge=0, description="seconds after which nothing more is asked; 0: no deadline")
    ] = 0.0
    long_texts: Annotated[
        Literal["windows", "refuse"],
        Field(description="a text that does not fit the context: coded in windows that are merged, or not at all"),
    ] = "windows"
    send_to: Annotated[
        tuple[str, ...],
        Field(description="hosts that may receive the texts without anybody being asked: ['api.example.org']"),
    ] = ()
    timeout_s: Annotated[float, Field(gt=0, description="seconds to wait for one answer")] = 300.0
    give_up_after_s: Annotated[
        float, Field(gt=0, description="seconds to wait for an endpoint that has stopped answering")
    ] = 3600.0
    price_prompt: Annotated[float | None, Field(ge=0, description="USD per million prompt tokens")] = None
    price_cached: Annotated[float | None, Field(ge=0, description="USD per million cached prompt tokens")] = None
    price_completion: Annotated[float | None, Field(ge=0, description="USD per million completion tokens")] = None
    price_batch: Annotated[
        float | None, Field(gt=0, le=1, description="what the batch API costs, as a share of these prices")
    ] = None
    poll_s: Annotated[
        float, Field(gt=0, description="seconds until 'code --batch --wait' looks at its batches again; grows to 600")
    ] = 30.0

    @field_validator("send_to", mode="before")
    @classmethod
    def _several_hosts(cls, value: Any) -> Any:
        """In the environment hosts stand in one line, with commas between."""
        return [host.strip() for host in value.split(",") if host.strip()] if isinstance(value, str) else value


class SearchSettings(_Section):
    """[search]: how sites are asked for pages."""

    contact: Annotated[
        str, Field(description="e-mail or web address that every site is told; without one no page is asked for")
    ] = ""
    allow_private: Annotated[
        tuple[str, ...],
        Field(description="hosts, as addresses name them, that may lie on this machine or network: ['127.0.0.1']"),
    ] = ()
    delay_s: Annotated[float, Field(ge=0, description="seconds between two requests to one host, at the least")] = 1.0
    timeout_s: Annotated[float, Field(gt=0, description="seconds in which a page must have come whole")] = 60.0
    pause_s: Annotated[
        float, Field(ge=0, description="longest pause that is waited for when a site asks for one, in seconds")
    ] = 60.0
    max_mb: Annotated[float, Field(gt=0, le=200, description="largest page that is taken, packed or unpacked")] = 20.0
    hosts_at_once: Annotated[int, Field(ge=1, le=64, description="pages asked for at once, each of another host")] = 8
    page_text: Annotated[
        Literal["main", "whole"],
        Field(description="main: a web page's text without its frame (extra web-pages); whole: all its text"),
    ] = "main"

    @field_validator("allow_private", mode="before")
    @classmethod
    def _several_hosts(cls, value: Any) -> Any:
        """In the environment hosts stand in one line, with commas between."""
        return [host.strip() for host in value.split(",") if host.strip()] if isinstance(value, str) else value


class DeskSettings(_Section):
    """[desk]: how the second coder's desk behaves."""

    theme: Annotated[str, Field(description="colours, such as textual-dark or textual-light; empty: Textual's own")] = (
        ""
    )
    bindings: Annotated[
        dict[str, str], Field(description="other keys, by the name of what they do: {flag = 'z'}; not by environment")
    ] = Field(default_factory=dict)

    lease_minutes: Annotated[
        float, Field(gt=0, description="how long a document stays with the coder who last acted on it")
    ] = 30.0
    audit_rate: Annotated[
        float, Field(ge=0, le=1, description="share of the agreements that queue and the desk draw at random")
    ] = 0.1
    repeat_share: Annotated[
        float, Field(ge=0, le=1, description="share of a coder's blind answers asked for once more, without saying so")
    ] = 0.05
    repeat_after_hours: Annotated[
        float, Field(ge=0, description="hours that lie between an answer and its repetition, at the least")
    ] = 24.0


class Settings(_Section):
    """All settings of a project."""

    codebook: Annotated[str, Field(description="the codebook's file, beside intercoder.toml")] = "codebook.yaml"
    model: ModelSettings = ModelSettings()
    store: StoreSettings = StoreSettings()
    coder: CoderSettings = CoderSettings()
    run: RunSettings = RunSettings()
    search: SearchSettings = SearchSettings()
    desk: DeskSettings = DeskSettings()


def load_settings(folder: Path, environment: Mapping[str, str] = os.environ) -> Settings:
    """Settings from `folder`/intercoder.toml (may be missing), overridden by INTERCODER_SECTION_FIELD."""
    path = folder / FILE_NAME
    merged = _from_file(path)
    for section, field, value in _from_environment(environment):
        merged.setdefault(section, {})[field] = value
    try:
        return Settings.model_validate(merged)
    except ValidationError as error:
        faults = (f"{path}: {'.'.join(map(str, fault['loc']))}: {fault['msg']}" for fault in error.errors())
        raise InputError("\n".join(faults), "docs/settings.md lists every setting") from error


def _from_file(path: Path) -> dict[str, Any]:
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise InputError(f"{path}: {error}", "mend the TOML there") from error
    except OSError as error:
        raise InputError(f"{path}: {error.strerror}", "check the file's permissions") from error
    for section, fields in content.items():
        _refuse_secrets(path, section, fields)
    return content


def _refuse_secrets(path: Path, section: str, fields: object) -> None:
    if not isinstance(fields, dict):
        return
    for field in fields:
        known = section in _SECTIONS and field in _SECTIONS[section].model_fields
        if not known and any(word in field.lower() for word in _SECRET_WORDS):
            raise InputError(
                f"{path}: [{section}] {field}: keys do not belong in this file",
                "set INTERCODER_API_KEY (or OPENAI_API_KEY) in the environment and take the key out of the file",
            )


def _from_environment(environment: Mapping[str, str]) -> list[tuple[str, str, str]]:
    """INTERCODER_MODEL_BASE_URL -> ("model", "base_url", value), for the fields that exist."""
    found = []
    for section, model in _SECTIONS.items():
        for field in model.model_fields:
            if (section, field) == ("desk", "bindings"):
                continue
            value = environment.get(f"INTERCODER_{section}_{field}".upper())
            if value is not None:
                found.append((section, field, value))
    return found


_SECTIONS: dict[str, type[_Section]] = {
    "model": ModelSettings,
    "store": StoreSettings,
    "coder": CoderSettings,
    "run": RunSettings,
    "search": SearchSettings,
    "desk": DeskSettings,
}
