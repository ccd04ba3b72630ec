"""`agreement FILE` on what people really have: wrong, odd and hostile files; every refusal says where and what to do."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from coder.cli import group
from coder.errors import InputError

CODES = "id,ada,bo\n" + "".join(f"{k},{'xyz'[k % 3]},{'xyz'[k % 4 % 3]}\n" for k in range(60))


def invoke(path: Path, *arguments: str) -> Result:
    return CliRunner().invoke(group, ["agreement", str(path), *arguments], env={"COLUMNS": "80"})


def refusal(path: Path, *arguments: str) -> InputError:
    error = invoke(path, *arguments).exception
    assert isinstance(error, InputError), error
    assert error.hint
    return error


def figures(path: Path, *arguments: str) -> Any:
    result = invoke(path, *arguments, "--json")
    if result.exception is not None:
        raise result.exception
    return json.loads(result.stdout)


def written(tmp_path: Path, text: str | bytes, name: str = "codes.csv") -> Path:
    path = tmp_path / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


@pytest.mark.parametrize(
    ("text", "arguments", "words"),
    [
        ("", (), "the file is empty"),
        (" \n\n", (), "the file is empty"),
        (",,\n,,\n", (), "the only coder is ',,'"),
        ("id,ada,bo\n", (), "no row below the column names"),
        ("ada\nx\ny\n", (), "the only coder is 'ada'"),
        ("id,ada\n1,x\n2,y\n", (), "the only coder is 'ada'"),
        ("ada,bo\nx,y\nx,y,z\n", (), "line 3: 3 cells where the first row has 2"),
        ("ada,bo\nx,y\nx\n", (), "line 3: 1 cells where the first row has 2"),
        ("ada,ada\nx,y\n", (), "two columns are called 'ada'"),
        ("ada,bo\nx,y\n\"x,y\n", (), "line 3"),
        ("ada,bo\nx,\ny,\n", (), "'bo' coded nothing"),
        ("ada,bo\nx,y\nz,y\n", ("--categories", "x,y"), "line 3, column 'ada': 'z' is not one of the categories 'x', 'y'"),
        ("ada,bo\nx,y\n", ("--categories", "x,,y"), "a name is empty"),
        ("ada,bo\nx,y\n", ("--categories", "x,y,x"), "'x' stands twice"),
        ("ada,bo\nlow,high\n", ("--weights", "linear"), "--weights linear needs the order of the categories"),
        ("ada,bo\nlow,high\n", ("--level", "ordinal"), "--level ordinal needs the order"),
        ("ada,bo\n1,2\n3,few\n", ("--level", "interval"), "line 3, column 'bo': 'few' is no number"),
        ("ada;bo\n1;2\n3;1,5\n", ("--level", "interval"), "line 3, column 'bo': '1,5' is no number"),
        ("ada,bo\n1,2\n-3,2\n", ("--level", "ratio"), "line 3, column 'ada': '-3' is below 0"),
        ("ada,bo\n1,1e999\n", ("--level", "interval"), "'1e999' is no number"),
        ("ada,bo\nx,y\n", ("--columns", "ada,cy"), "there is no column 'cy'"),
        ("ada,bo\nx,y\n", ("--cluster", "source"), "there is no column 'source'"),
        ("ada,bo,s\nx,y,1\nx,y,\n", ("--cluster", "s"), "line 3, column 's': names no cluster"),
        ("ada,bo\nx,y\n", ("--reference", "cy"), "no such coder"),
        ("document,ada,bo\nd1,x,y\nd1,x,y\n", (), "line 3, column 'document': item 'd1' stands already in line 2"),
        ("item,coder,code\na,ada,x\na,ada,y\n", ("--long",), "line 3: 'ada' coded item 'a' in line 2 too"),
        ("item,coder,code\na,ada,x\na,,y\n", ("--long",), "line 3: item or coder is empty"),
        ("item,coder,code,s\na,ada,x,1\na,bo,x,2\n", ("--long", "--cluster", "s"), "line 3, column 's': item 'a' is in '1' elsewhere"),
        ("a,b,c,d\n1,2,3,4\n", ("--long",), "no column is plainly the item"),
        ("item,coder,code\na,ada,x\nb,bo,q\n", ("--long", "--categories", "x,y"), "line 3, column 'code': 'q' is not"),
        ("1,2\n3,4\n5,6\n7,8\n", ("--table",), "square, and this has 4 rows of 2 cells"),
        ("1,2\n3,-4\n", ("--table",), "line 2, column 2: '-4' is not a count"),
        ("a,b\n1,2.5\n3,4\n", ("--table",), "line 2, column 'b': '2.5' is not a count"),
        ("1,2\n3,\n", ("--table",), "'' is not a count"),
        (",a,b\na,1,2\nc,3,4\n", ("--table",), "the rows are 'a', 'c' and the columns 'a', 'b'"),
        (",a,a\na,1,2\na,3,4\n", ("--table",), "two have one"),
        ("1,2,3\n3,4,7\n4,6,10\n", ("--table",), "the sums of the others"),
        ("1,2\n3,4\n", ("--table", "--categories", "a,b,c"), "3 names for a table of 2"),
        ("a,b\n1,2\n3,4\n", ("--table", "--categories", "a,c"), "category 'b' is not one of"),
        ("a,b\n1,x\n", ("--distribution",), "line 2, column 'b': 'x' is not a count"),
        ("a,b\n1,0\n", ("--distribution",), "1 codings at most"),
        ("a,b\n1,y\n", ("--table", "--long"), "--long and --table do not go together"),
        ("1,2\n3,4\n", ("--table", "--columns", "a,b"), "--columns does not go with --table"),
        ("ada,bo\nx,y\n", ("--multilabel", ""), "the separator is empty"),
        ("ada,bo\nx,y\n", ("--multilabel", ";", "--weights", "linear"), "--weights does not go with --multilabel"),
        ("ada,bo\nx,y\n", ("--no-label", "none"), "goes with --multilabel"),
        ("ada,bo\nx;q,y\n", ("--multilabel", ";", "--categories", "x,y"), "line 2, column 'ada': 'q' is not one of the labels"),
        ("ada,bo\nx,y\n", ("--weights", "nowhere.csv"), "there is no such file"),
    ],
)  # fmt: skip
def test_what_cannot_be_used_is_refused_with_its_place(
    tmp_path: Path, text: str, arguments: tuple[str, ...], words: str
) -> None:
    assert words in refusal(written(tmp_path, text), *arguments).message


@pytest.mark.parametrize(
    ("weights", "words"),
    [
        ("1,0\n0,1\n", "without a heading needs the order of the categories"),
        ("x,y\n1,0.5\n0.2,1\n", "line 2, column 'y': 0.5: differs from the weight of the same pair"),
        ("x,y\n0,0.5\n0.5,0\n", "line 2, column 'x': 0: a category agrees with itself by 1"),
        ("x,y\n1,2\n2,1\n", "line 2, column 'y': 2: is above 1"),
        ("x,y\n1,half\nhalf,1\n", "line 2, column 'y': 'half' is no number"),
        ("x,y,z\n1,0,0\n", "a matrix of weights is square, and this has 2 rows of 3 cells"),
        ("x,y\n1,0.5\n0.5,1\n", "line 4, column 'ada': 'z' is not one of the categories"),
    ],
)
def test_weights_that_do_not_fit_are_refused_with_their_place(tmp_path: Path, weights: str, words: str) -> None:
    matrix = written(tmp_path, weights, "weights.csv")
    assert words in refusal(written(tmp_path, CODES), "--weights", str(matrix)).message


def test_weights_without_a_heading_are_as_many_as_the_categories(tmp_path: Path) -> None:
    matrix = written(tmp_path, "1,0\n0,1\n", "weights.csv")
    error = refusal(written(tmp_path, CODES), "--weights", str(matrix), "--categories", "x,y,z")
    assert "weights of 2 categories without a heading, and there are 3: 'x', 'y', 'z'" in error.message


def test_weights_for_other_categories_than_declared_are_refused(tmp_path: Path) -> None:
    matrix = written(tmp_path, "x,y\n1,0\n0,1\n", "weights.csv")
    error = refusal(written(tmp_path, CODES), "--weights", str(matrix), "--categories", "x,y,z")
    assert "the categories are 'x', 'y', 'z'" in error.message


def test_a_missing_file_and_a_folder_are_refused(tmp_path: Path) -> None:
    assert "cannot be read" in refusal(tmp_path / "no.csv").message
    assert "cannot be read" in refusal(tmp_path).message


def test_codes_that_are_texts_are_refused_by_their_number(tmp_path: Path) -> None:
    rows = "".join(f"t{k},u{k // 2}\n" for k in range(2000))
    assert "different codes, more than 1,000" in refusal(written(tmp_path, "ada,bo\nu1,u2\n" + rows)).message


def test_a_column_of_texts_is_taken_for_no_coder(tmp_path: Path) -> None:
    rows = "".join(f"text {k},x,{'xy'[k % 2]}\n" for k in range(12))
    path = written(tmp_path, "speech,ada,bo\n" + rows)
    assert "column 'speech' has a different cell in each row" in refusal(path).message
    assert figures(path, "--columns", "ada,bo")["coders"] == ["ada", "bo"]
    assert figures(path, "--item", "speech")["coders"] == ["ada", "bo"]


def test_a_column_that_shares_no_code_is_pointed_out(tmp_path: Path) -> None:
    found = figures(written(tmp_path, "ada,bo,year\nx,y,2020\ny,y,2021\nx,x,2020\n"))
    assert any("'year' shares no code with another" in note for note in found["diagnostics"]["read"])


def test_sets_that_share_labels_are_codes_of_coders(tmp_path: Path) -> None:
    rows = "".join(f"a{k};b{k},b{k};c{k}\n" for k in range(12))
    found = figures(written(tmp_path, "ada,bo\n" + rows), "--multilabel", ";")
    assert not any("shares no code" in note for note in found["diagnostics"]["read"])


def test_many_workers_are_not_compared_two_by_two(tmp_path: Path) -> None:
    rows = "".join(f"t{k // 3},w{(k * 7) % 100},{'xy'[k % 5 % 2]}\n" for k in range(600))
    path = written(tmp_path, "item,worker,code\n" + rows)
    found = figures(path, "--long", "--replicates", "200")
    assert len(found["coders"]) == 100
    assert "194 to 194 items a coder" in invoke(path, "--long", "--replicates", "200").stdout  # 6 of 200 each
    assert found["diagnostics"]["pairs"] == []


def test_a_first_row_of_codes_is_pointed_out(tmp_path: Path) -> None:
    found = figures(written(tmp_path, "x,y\nx,y\ny,x\n"))
    assert any("looks like codes" in note for note in found["diagnostics"]["read"])


@pytest.mark.parametrize(
    "text",
    [
        "\ufeffid;ada;bo\r\n1;x;x\r\n2;y;x\r\n",
        "sep=;\nid;ada;bo\n1;x;x\n2;y;x\n",
        "id\tada\tbo\n1\tx\tx\n2\ty\tx\n",
        'id,ada,bo,\n1,"x", x,\n2,y,x,\n',
        ",ada,bo\n0,x,x\n1,y,x\n",
        "Speech_ID,ada,bo\ns1,x,x\ns2,y,x\n",
        "\n\nid,ada,bo\n1,x,x\n\n2,y,x\n",
    ],
)
def test_what_spreadsheets_and_data_frames_write_is_read(tmp_path: Path, text: str) -> None:
    found = figures(written(tmp_path, text))
    assert (found["coders"], found["n"]) == (["ada", "bo"], 2)
    assert found["diagnostics"]["table"] == [[1, 0], [1, 0]]


def test_other_encodings_are_read(tmp_path: Path) -> None:
    text = "ada,bo\nfür,für\nnée,für\n"
    for encoding in ("utf-16", "cp1252", "utf-8-sig"):
        assert figures(written(tmp_path, text.encode(encoding)))["diagnostics"]["categories"] == ["für", "née"]


def test_names_are_shown_as_written_and_move_no_terminal(tmp_path: Path) -> None:
    rows = "".join(f"{a},{b}\n" for a, b in [("[red]x[/red]", "=1+1"), ("\x1b[2Jz", "[/]"), ("=1+1", "=1+1")])
    path = written(tmp_path, "[bold]ada,\x1b[31mbo\n" + rows)
    text = invoke(path).stdout
    assert "\x1b" not in text
    assert "[red]x[/red]" in text
    assert "[bold]ada" in text
    assert "=1+1" in figures(path)["diagnostics"]["categories"]


@pytest.mark.parametrize(
    ("text", "arguments"),
    [
        (CODES, ("--threshold", "0.6", "--reference", "bo")),
        ("a" * 70 + "," + "b" * 70 + "," + "c" * 70 + "\n" + "".join(f"{'x' * k},{'x' * k},{'x' * 50}\n" for k in range(30, 51)), ()),
        ("ada,bo\n" + "".join(f"{k % 40},{k % 37}\n" for k in range(400)), ()),
        ("ada,bo\n" + "".join(f"{'xy'[k % 2]};z,{'xyz'[k % 3]}\n" for k in range(60)), ("--multilabel", ";")),
        (",".join(f"coder {k}" for k in range(30)) + "\n" + (",".join("xy" * 15) + "\n") * 5, ()),
    ],
)  # fmt: skip
def test_the_view_fits_80_columns(tmp_path: Path, text: str, arguments: tuple[str, ...]) -> None:
    result = invoke(written(tmp_path, text), *arguments)
    assert result.exception is None
    assert max(len(line) for line in result.stdout.splitlines()) <= 80


def test_the_view_says_first_what_matters(tmp_path: Path) -> None:
    lines = invoke(written(tmp_path, CODES)).stdout.splitlines()
    assert lines[0] == "n = 60 items; coders ada, bo; 3 categories (x, y, z)"
    assert any(line.startswith("Cohen's kappa") for line in lines[2:8])
    assert any("BCa, 10,000 resamples of items" in line for line in lines)


def test_long_names_that_differ_at_their_end_stay_apart(tmp_path: Path) -> None:
    first, second = (f"a category with a long name, number {k}" for k in (1, 2))
    text = invoke(written(tmp_path, f'ada,bo\n"{first}","{second}"\n"{second}","{second}"\n')).stdout
    assert "number 1 " in text.split("category  ")[1]
    assert "number 2 " in text.split("category  ")[1]


def test_more_resampling_than_anyone_waits_for_is_refused(tmp_path: Path) -> None:
    rows = "".join(f"{k % 990},{k * 7 % 990}\n" for k in range(990))
    path = written(tmp_path, "ada,bo\n" + rows)
    error = refusal(path, "--replicates", "1000000")
    assert "take too long" in error.message
    assert "--interval analytic" in error.hint


def test_its_help_loads_nothing_heavy() -> None:
    import subprocess
    import sys

    program = (
        "import sys\nfrom coder.cli import main\n"
        "try:\n    main(['agreement', '--help'])\nexcept SystemExit as error:\n    assert not error.code\n"
        "print([name for name in ('numpy', 'scipy', 'pandas', 'openpyxl', 'rich') if name in sys.modules], file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stderr.strip() == "[]"
