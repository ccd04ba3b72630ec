"""intercoder verify: is an audit bundle as it was written?"""

from __future__ import annotations

from pathlib import Path

import click

from coder.cli import emit, printable_line
from coder.errors import GateError


@click.command()
@click.argument("bundle", type=click.Path(path_type=Path, dir_okay=False))
@click.option("--sha256", "expected", metavar="HEX", help="The manifest's hash, as it was printed or published.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON to standard output.")
def command(bundle: Path, expected: str | None, as_json: bool) -> None:
    """Check every file of BUNDLE, written by 'report --audit', against the hashes of its manifest.

    Exit 3 where a file is wrong, missing or was added. Whoever changes a file can change the manifest too: the
    manifest's own hash, kept elsewhere (in the paper, say) and given as --sha256, shows that.
    """
    from coder.export.verify import Wrong, verify

    found = verify(bundle)
    wrong = list(found.wrong)
    if expected is not None and expected.strip().lower() != found.manifest_sha256:
        wrong.insert(0, Wrong("manifest.json", f"has the SHA-256 {found.manifest_sha256}, not the one given"))
    if as_json:
        emit(
            {
                "bundle": str(bundle),
                "ok": not wrong,
                "files": found.files,
                "manifest_sha256": found.manifest_sha256,
                "first_wrong": wrong[0].file if wrong else None,
                "wrong": [{"file": one.file, "problem": one.problem} for one in wrong],
            }
        )
    for one in wrong if not as_json else ():
        click.echo(printable_line(f"wrong: {one.file}: {one.problem}"))
    if wrong:
        first = printable_line(wrong[0].file)
        many = f"{len(wrong)} files are wrong, the first" if len(wrong) > 1 else "one file is wrong,"
        raise GateError(f"{bundle}: {many} {first}", "take the bundle from where it was first kept, or write it anew")
    if not as_json:
        click.echo(f"{bundle}: {found.files} files, all as they were written")
        click.echo(f"SHA-256 of the manifest: {found.manifest_sha256}")
