"""A report as one HTML file: everything in it, nothing asked of a network, all text escaped by the template."""

from __future__ import annotations

import base64
import hashlib
from functools import cache
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from coder.markup import without_forbidden
from coder.report.html.blocks import Report

_TEMPLATES = Path(__file__).parent / "templates"


def page(report: Report, *, review: str = "") -> str:
    """The file's text. With `review`, the name of a form of answers, each pattern has a form and a script saves them.

    The only script that may run is that one, by its hash; styles are inline, pictures are drawn in the page.
    """
    script = (_TEMPLATES / "review.js").read_text(encoding="utf-8") if review else ""
    text = (
        _environment()
        .get_template("report.html.jinja")
        .render(
            report=report,
            review=review,
            policy=policy(script),
            style=Markup((_TEMPLATES / "report.css").read_text(encoding="utf-8")),  # noqa: S704  # ours too
            script=Markup(script),  # noqa: S704  # ours, from the package
        )
    )
    return without_forbidden(text)


def policy(script: str) -> str:
    """The content security policy: nothing from anywhere, and of scripts this one alone."""
    allowed = ""
    if script:
        digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
        allowed = f"; script-src 'sha256-{digest}'"
    return f"default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'{allowed}"


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(_TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters["drawn"] = Markup  # the drawing's own text is escaped where it is drawn
    return environment
