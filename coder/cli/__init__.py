"""The command line: a group that loads a command's module only when the command runs."""

from __future__ import annotations

import importlib
import sys
from typing import Any

import click

from coder.errors import CoderError

COMMANDS = {
    "demo": ("coder.cli.demo", "The main job, end to end, on shipped documents."),
    "init": ("coder.cli.init", "Start a project in a folder."),
    "search": ("coder.cli.search", "Run the search protocol, or take saved results in."),
    "capture": ("coder.cli.capture", "Retrieve the pages of documents that have none yet."),
    "import": ("coder.cli.import_", "Take documents in."),
    "screen": ("coder.cli.screen", "Which documents a review keeps, criterion by criterion."),
    "dedupe": ("coder.cli.dedupe", "Documents that are one thing entered twice."),
    "flow": ("coder.cli.flow", "The PRISMA flow: from what was found to what is included."),
    "update": ("coder.cli.update", "Bring a review up to date, and say what is new."),
    "gold": ("coder.cli.gold", "Human codings to compare with."),
    "code": ("coder.cli.code", "Code the documents with a model."),
    "eval": ("coder.cli.eval_", "Agreement of the model with gold, per dimension."),
    "agreement": ("coder.cli.agreement", "Any coefficient for any table of codes, without a project."),
    "plan": ("coder.cli.plan", "How many documents to code by hand."),
    "sample": ("coder.cli.sample", "Draw documents to code by hand, with known probability."),
    "assign": ("coder.cli.assign", "Share documents out to people who code from scratch."),
    "analyze": ("coder.cli.analyze", "Shares and cross-tabs, corrected for the model's errors."),
    "route": ("coder.cli.route", "Which codes may stand without a person, with a guarantee."),
    "queue": ("coder.cli.queue", "What waits for the second coder, and why."),
    "adjudicate": ("coder.cli.adjudicate", "The second coder's desk."),
    "merge": ("coder.cli.merge", "Bring together what two people did apart."),
    "quotes": ("coder.cli.quotes", "The passages that carry a category, as papers cite them."),
    "memos": ("coder.cli.memos", "What was noted, flagged and disputed, by category."),
    "report": ("coder.cli.report", "One HTML file: agreement, figures, methods, checklists."),
    "verify": ("coder.cli.verify", "Is an audit bundle as it was written?"),
    "export": ("coder.cli.export", "Write codings to a file; its ending names the format."),
    "purge": ("coder.cli.purge", "Take texts and raw answers out; codes stay."),
    "codebook": ("coder.cli.codebook", "Check, show, compare and test codebooks."),
    "runs": ("coder.cli.runs", "What was run, and what it took."),
    "status": ("coder.cli.status", "Where the project stands."),
    "doctor": ("coder.cli.doctor", "What is set up, and what is missing."),
}


class LazyGroup(click.Group):
    """Knows every command's name and one line of help; imports its module only to run it."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        command: click.Command = importlib.import_module(COMMANDS[cmd_name][0]).command
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, line) for name, (_, line) in COMMANDS.items()])


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(package_name="intercoder", prog_name="intercoder")
@click.option("--project", "-p", default=".", metavar="DIR", help="The project's folder (default: this one).")
@click.option("--debug", is_flag=True, help="Show the traceback of an error.")
@click.pass_context
def group(ctx: click.Context, project: str, debug: bool) -> None:
    """Code text documents with a codebook: a language model first, people second.

    Start with 'intercoder demo', or 'intercoder init DIR'.
    """
    ctx.obj = {"project": project, "debug": debug}


def main(arguments: list[str] | None = None) -> None:
    """Run the program; every error the user can mend is one line and a remedy, with the exit code of its kind."""
    arguments = sys.argv[1:] if arguments is None else arguments
    debug = "--debug" in arguments
    try:
        code = group.main(arguments, prog_name="intercoder", standalone_mode=False)
    except click.exceptions.Exit as error:
        code = error.exit_code
    except click.ClickException as error:
        error.show(file=sys.stderr)
        code = 1
    except (click.Abort, KeyboardInterrupt):
        click.echo("interrupted; what was done so far is stored", err=True)
        code = 130
    except CoderError as error:
        if debug:
            raise
        show_error(error)
        code = error.exit_code
    except BrokenPipeError:
        code = 0
    except Exception as error:
        if debug:
            raise
        click.echo(f"error: {type(error).__name__}: {printable(str(error))}", err=True)
        click.echo("  this is a fault of the program; run it again with --debug and report what it prints", err=True)
        code = 1
    sys.exit(code if isinstance(code, int) else 0)


def show_error(error: CoderError) -> None:
    """Print an error and its remedy to standard error, without anything a terminal would act on."""
    click.echo(f"error: {printable(error.message)}", err=True)
    if error.hint:
        click.echo(f"  {printable(error.hint)}", err=True)


def printable(text: str) -> str:
    """The text without control characters other than line breaks and tabs."""
    return "".join(char for char in text if char in "\n\t" or char.isprintable())


def printable_line(text: str) -> str:
    """The printable text with its line breaks as blanks: what others wrote begins no line of ours."""
    return printable(text).replace("\n", " ")


def emit(value: Any) -> None:
    """Print a value as JSON to standard output."""
    import json

    click.echo(json.dumps(value, ensure_ascii=False, indent=2))
