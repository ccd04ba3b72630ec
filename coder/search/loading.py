"""Read a search protocol from YAML, with errors that name the file and the line."""

from __future__ import annotations

from pathlib import Path

from pydantic import ValidationError
from ruamel.yaml.comments import CommentedMap

from coder.codebook.load import faults, plain, read_tree
from coder.errors import InputError
from coder.search.described import KINDS
from coder.search.protocol import Protocol

FILE_NAME = "search.yaml"
_LIMIT_BYTES = 5_000_000
_START = "intercoder search --example > search.yaml writes one to change"


def load_protocol(path: Path) -> Protocol:
    """The protocol in a YAML file; InputError lists every fault with its line."""
    try:
        with path.open("rb") as handle:
            raw = handle.read(_LIMIT_BYTES + 1)
        if len(raw) > _LIMIT_BYTES:
            raise InputError(f"{path}: larger than 5 MB", "is this a search protocol?")
        text = raw.decode("utf-8-sig")
    except FileNotFoundError:
        raise InputError(f"{path}: no such file", _START) from None
    except IsADirectoryError:
        raise InputError(f"{path}: a folder, not a search protocol", "name the YAML file in it") from None
    except UnicodeDecodeError as error:
        raise InputError(f"{path}: not UTF-8 text (byte {error.start})", "save it as UTF-8") from None
    except OSError as error:
        raise InputError(f"{path}: {error.strerror}", "check the path and its rights") from None
    return parse_protocol(text, str(path))


def parse_protocol(text: str, name: str) -> Protocol:
    """The protocol in a YAML text; `name` is what errors call it."""
    tree = read_tree(text, name)
    if not isinstance(tree, CommentedMap):
        raise InputError(f"{name}: holds no search protocol", _START)
    try:
        return Protocol.model_validate(plain(tree))
    except ValidationError as error:
        raise InputError(faults(error, tree, name, KINDS), "see docs/search.md for what a protocol holds") from error
