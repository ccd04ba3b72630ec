"""What a run keeps to, from the settings: calls at once, requests and tokens a minute, deadline, budget, prices."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import date

import click

from coder.cli import printable
from coder.cli.project import Project
from coder.errors import InputError
from coder.model import RunSummary
from coder.providers import keys
from coder.run.admission import Limits, RunGate
from coder.run.budget import Budget, Spending
from coder.run.gate import Gated, OpenGate
from coder.run.plan import Prices
from coder.run.prices import FREE, Quote, quote, tables
from coder.run.protocols import Provider
from coder.settings import RunSettings, Settings

MOST = 256
"""Calls in flight at the most where the endpoint's limit is found by trying; a process may open some 1,000 sockets."""


def concurrency_of(settings: Settings, provider: Provider) -> int:
    """The most calls in flight: as set, else one on this machine and `MOST` elsewhere, where fewer are found to do."""
    return settings.run.concurrency or (1 if provider.host == "this machine" else MOST)


@asynccontextmanager
async def gated(settings: Settings, provider: Provider) -> AsyncIterator[RunGate]:
    """The gate of a run, which its provider passes with every request; what it says goes to standard error."""
    run = settings.run
    limits = Limits(
        ceiling=concurrency_of(settings, provider),
        search=not run.concurrency,
        rpm=run.rpm,
        tpm=run.tpm,
        deadline=run.deadline_s,
        give_up_after=run.give_up_after_s,
    )
    limited = provider if isinstance(provider, Gated) else None
    gate = RunGate(limits, provider.host, limited.look if limited else _nothing_to_see, _say, provider.count_tokens)
    if limited:
        limited.gate = gate
    try:
        yield gate
    finally:
        if limited:
            limited.gate = OpenGate()
        await gate.close()


async def _nothing_to_see() -> str:
    return ""


def _say(line: str) -> None:
    click.echo(printable(line), err=True)


def host_of(settings: Settings) -> str:
    """Where texts would go by the settings, without starting anything."""
    if settings.model.provider != "openai":
        return "this machine"
    return keys.host_of(settings.model.base_url or os.environ.get("OPENAI_BASE_URL") or keys.OPENAI)


def quote_of(project: Project, settings: Settings, host: str) -> Quote:
    """The prices that hold: nothing for a model on this machine, else of the settings, the project's table or ours."""
    if host == "this machine":
        return FREE
    run = settings.run
    given = Prices(run.price_prompt, run.price_cached, run.price_completion)
    return quote(settings.model.name, host, tables(project.folder), given)


def check_budget(run: RunSettings, found: Quote) -> None:
    """InputError where a budget is set that unknown prices could not hold."""
    if run.budget_usd and not found.known:
        raise InputError(
            f"a budget in USD is set and the price is not known: {found.words}",
            "set [run] price_prompt and price_completion, write prices.toml, or set budget_tokens",
        )


def budget_of(run: RunSettings, prices: Prices, earlier: Callable[[], RunSummary] | None = None) -> Budget:
    """The budget of a run; `earlier` sums up its passes until now, and is asked only where there is a budget.

    Where a call of them was made when no price was known, they count at today's prices.
    """
    budget = Budget(run.budget_usd, run.budget_tokens)
    if earlier is not None and budget.limited:
        took = earlier()
        today = Spending.of(prices, took.prompt_tokens, took.cached_tokens, took.completion_tokens)
        budget.paid = today if took.cost_usd is None else Spending(took.cost_usd, today.tokens)
    return budget


def priced(found: Quote) -> str:
    """Where prices are from, for people, with a remark where the table is old."""
    age = found.age(date.today())
    return f"{found.words}, {age}" if age else found.words
