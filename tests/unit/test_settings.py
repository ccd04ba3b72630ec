"""Settings come from the file and the environment, are all documented, and never hold a key."""

from pathlib import Path

import pytest

from coder.errors import InputError
from coder.settings import (
    CoderSettings,
    DeskSettings,
    ModelSettings,
    RunSettings,
    SearchSettings,
    Settings,
    StoreSettings,
    load_settings,
)

SECTIONS = {
    "model": ModelSettings,
    "store": StoreSettings,
    "coder": CoderSettings,
    "run": RunSettings,
    "search": SearchSettings,
    "desk": DeskSettings,
}


def write(folder: Path, text: str) -> Path:
    (folder / "intercoder.toml").write_text(text, encoding="utf-8")
    return folder


def test_without_a_file_the_defaults_hold(tmp_path: Path) -> None:
    assert load_settings(tmp_path, {}) == Settings()


def test_the_environment_overrides_the_file(tmp_path: Path) -> None:
    write(tmp_path, '[model]\nname = "one"\nprovider = "openai"\n')
    settings = load_settings(tmp_path, {"INTERCODER_MODEL_NAME": "two", "INTERCODER_RUN_CONCURRENCY": "3"})
    assert (settings.model.name, settings.model.provider, settings.run.concurrency) == ("two", "openai", 3)


@pytest.mark.parametrize("line", ['[model]\napi_key = "sk-1"', '[openai]\ntoken = "sk-1"'])
def test_a_key_in_the_file_is_refused_without_showing_it(tmp_path: Path, line: str) -> None:
    with pytest.raises(InputError) as caught:
        load_settings(write(tmp_path, line), {})
    assert "sk-1" not in caught.value.message + caught.value.hint
    assert "INTERCODER_API_KEY" in caught.value.hint


@pytest.mark.parametrize("text", ["[model]\nprovder = 'local'", "[model]\ntemperature = 9", "model = ["])
def test_a_wrong_setting_names_the_file(tmp_path: Path, text: str) -> None:
    with pytest.raises(InputError, match=r"intercoder\.toml"):
        load_settings(write(tmp_path, text), {})


def test_every_setting_stands_in_the_documentation() -> None:
    page = Path(__file__).parents[2].joinpath("docs", "settings.md").read_text(encoding="utf-8")
    rows = [line for line in page.splitlines() if line.startswith("| `[")]
    documented = {(line.split("`")[1].strip("[]"), line.split("`")[3], line.rsplit("| ", 1)[1][:-2]) for line in rows}
    fields = {
        (section, name, field.description)
        for section, model in SECTIONS.items()
        for name, field in model.model_fields.items()
    }
    assert documented == fields
