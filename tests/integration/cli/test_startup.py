"""Help is quick: it loads none of the heavy libraries, and every command has some."""

import subprocess
import sys

import pytest
from click.testing import CliRunner

from coder.cli import COMMANDS, group

HEAVY = (
    "openai",
    "instructor",
    "pandas",
    "sklearn",
    "textual",
    "scipy",
    "numpy",
    "matplotlib",
    "sqlalchemy",
    "pydantic",
    "rich",
    "aiohttp",
    "bs4",
    "lxml",
    "trafilatura",
    "pypdfium2",
    "mammoth",
    "protego",
    "feedparser",
    "bibtexparser",
    "rispy",
)


@pytest.mark.parametrize("arguments", [["--help"], ["--version"]])
def test_help_loads_nothing_heavy(arguments: list[str]) -> None:
    program = (
        "import sys\nfrom coder.cli import main\n"
        f"try:\n    main({arguments!r})\nexcept SystemExit as error:\n    assert not error.code\n"
        f"print([name for name in {HEAVY!r} if name in sys.modules], file=sys.stderr)\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stderr.strip() == "[]"


@pytest.mark.parametrize("name", list(COMMANDS))
def test_every_command_explains_itself(name: str) -> None:
    result = CliRunner().invoke(group, [name, "--help"])
    assert result.exit_code == 0, result.output
    assert len(result.output.splitlines()) > 4
