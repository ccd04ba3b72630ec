"""How programs use the library; never run: mypy checks that its types fit (see .ci/run)."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import assert_type

import pandas as pd

import coder
from coder import agreement, code, evaluate, load_codebook
from coder.model import Codebook
from coder.settings import ModelSettings, Settings

book = load_codebook("codebook.yaml")
assert_type(book, Codebook)
assert_type(coder.load_codebook(Path("codebook.yaml")), Codebook)

texts: Mapping[str, str] = {"one": "A text."}
codings = code(book, texts, provider="openai", model="a-model", base_url="https://api.example.org/v1", store="kept.db")
assert_type(codings, pd.DataFrame)
code("codebook.yaml", ["A text."], settings=Settings(model=ModelSettings(samples=3)), progress=True)
code(book, pd.DataFrame({"text": ["A text."]}), text="text", name="document")
code(book, pd.Series(["A text."]))
code(book, texts, provider="local model")  # type: ignore[arg-type]
code(book, 3)  # type: ignore[arg-type]
code(book, texts, budget=3)  # type: ignore[call-arg]

assert_type(evaluate(book, codings, pd.DataFrame(), min_kappa=0.7), pd.DataFrame)
evaluate(book, codings)  # type: ignore[call-arg]

assert_type(agreement(pd.DataFrame(), weights="linear", level="ordinal", categories=["low", "high"]), pd.DataFrame)
assert_type(coder.agreement(pd.DataFrame()), pd.DataFrame)
coder.agreement(pd.DataFrame(), weights="sideways")  # type: ignore[arg-type]
coder.codes  # type: ignore[attr-defined]  # noqa: B018
