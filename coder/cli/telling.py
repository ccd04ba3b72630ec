"""What `intercoder code` says on standard error: what will be asked, what came of it, and that a model starts."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Collection, Iterator, Sequence
from typing import TYPE_CHECKING

import click

from coder.cli import printable
from coder.cli.limiting import priced
from coder.run.prior import MIN_TEXTS
from coder.run.windows import MERGING, OVERLAP

if TYPE_CHECKING:
    from coder.cli.code_result import CodeResult
    from coder.model import BatchState
    from coder.run.prices import Quote
    from coder.run.protocols import Provider
    from coder.run.recode import Recoded
    from coder.run.survey import TooLong


def announce(result: CodeResult, too_long: Sequence[TooLong]) -> None:
    expected = result.estimate
    if result.answered_before:
        click.echo(f"{result.answered_before} answered already, paid for once", err=True)
    if not expected.calls and not too_long:
        click.echo("nothing left to ask", err=True)
        return
    where = "nothing leaves this machine" if result.host == "this machine" else f"texts go to {result.host}"
    click.echo(
        f"{expected.calls} calls ({where}); about {expected.prompt_tokens:,} tokens in "
        f"({expected.cacheable_tokens:,} of them a repeated prefix), {expected.completion_tokens:,} out, "
        f"cost {priced_amount(expected.cost_usd, result.quote)}",
        err=True,
    )
    if result.windows:
        click.echo(
            f"{_texts(result.long_texts, 'does', 'do')} not fit the context: {result.done} in {result.windows} "
            f"windows, each sharing up to {OVERLAP} segments with the one before; merged: {MERGING}",
            err=True,
        )
    for text in too_long:
        click.echo(f"{printable(text.name)}: not sent: {text.reason}", err=True)


def _texts(number: int, one: str, several: str) -> str:
    return f"1 text {one}" if number == 1 else f"{number} texts {several}"


def tell_unusable(unusable: Collection[str], done: str) -> None:
    """How many documents an earlier pass left without a usable answer, where this one has nothing to ask."""
    if unusable:
        command = "screen" if done == "screened" else "code"
        lost = _texts(len(unusable), "was", "were")
        click.echo(f"{lost} refused or not readable: intercoder {command} --retry asks once more", err=True)


def tell_batches(waiting: Sequence[BatchState], host: str) -> None:
    """Which batches are under way."""
    if waiting:
        calls = sum(state.batch.requests for state in waiting)
        names = ", ".join(state.remote("batch") or state.batch.id for state in waiting[:3])
        more = f" and {len(waiting) - 3} more" if len(waiting) > 3 else ""
        click.echo(f"{calls} calls wait in batches at {host}: {printable(names)}{more}", err=True)


def tell_adjusted(provider: Provider) -> None:
    """Which parameters the endpoint would not take, if any."""
    if provider.adjusted:
        names = ", ".join(sorted(provider.adjusted))
        click.echo(f"note: {provider.host} does not take {names}; the answers were given without", err=True)


def sum_up(result: CodeResult) -> None:
    progress = result.progress
    if progress.done:
        click.echo(
            f"run {result.run_id}: {result.done} {progress.coded} of {progress.done} asked; "
            f"{progress.prompt_tokens:,} tokens in ({progress.cached_tokens:,} cached), "
            f"{progress.completion_tokens:,} out, cost {money(progress.cost_usd)}",
            err=True,
        )
    if result.joined and result.joined.conflicts:
        where = "adjudicate --screening" if result.done == "screened" else "queue"
        click.echo(f"windows differ on {result.joined.conflicts} codes of long texts: intercoder {where}", err=True)
    if result.recoded:
        click.echo(_recoded(result.recoded), err=True)


def _recoded(recoded: Recoded) -> str:
    """What taking out the model's leaning came to."""
    if not recoded.answers:
        return "codes are as the model gave them: no answer came with the probabilities of all codes ([model] prior)"
    moved = f"; {recoded.moved} cite another sentence" if recoded.moved else ""
    if recoded.prior == "confirm":
        return _confirmed(recoded) + moved
    if not recoded.leanings:
        return f"codes are as the model gave them: {MIN_TEXTS} texts are needed to tell what it leans to{moved}"
    names = ", ".join(recoded.leanings)
    return f"the model's leaning was taken out of {names}: {recoded.changed} codes differ from its first answer{moved}"


def _confirmed(recoded: Recoded) -> str:
    """What was left open of a small model's yes and no."""
    if not recoded.leanings:
        return f'no "no" of the model counts yet: {MIN_TEXTS} texts are needed to tell what it leans to'
    return f"{recoded.changed} answers are unclear that the model's answers to other texts do not bear out"


def priced_amount(amount: float | None, quote: Quote) -> str:
    """What is expected to be paid and by which prices, or why that is not known."""
    if amount is None:
        return f"unknown: {quote.words} (set [run] price_prompt and price_completion, or write prices.toml)"
    return f"{money(amount)}; {priced(quote)}"


def money(amount: float | None) -> str:
    """An amount in USD, or why there is none."""
    if amount is None:
        return "unknown"
    return "nothing" if amount == 0 else f"{amount:.4f} USD"


@contextlib.contextmanager
def starting(words: str, quiet: bool) -> Iterator[Callable[[int, int], None]]:
    """A spinner while a model starts; yields the function that shows bytes done of bytes in all as a bar."""
    if quiet:
        yield lambda done, total: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, DownloadColumn, Progress, SpinnerColumn, TextColumn

    columns = (SpinnerColumn(), TextColumn("{task.description}"), BarColumn(bar_width=20), DownloadColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(words, total=None)

        def show(done: int, total: int) -> None:
            bar.update(task, description="joining the model's parts, checked as they come", completed=done, total=total)

        yield show
