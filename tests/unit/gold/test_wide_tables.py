"""Wide tables: one row a document, one column a dimension."""

from __future__ import annotations

from pathlib import Path

import pytest
from openpyxl import Workbook

from coder.errors import InputError
from coder.gold import GoldImport, read_codings
from coder.model import DateMention, QuantityMention, Status


def codes(found: GoldImport, coder: str = "ann") -> dict[str, tuple[str, ...]]:
    return {coding.dimension_id: coding.codes for coding in found.codings_by_coder[coder]}


def test_ids_and_labels_in_any_case_are_codes(read):
    found = read("document,mode,Topics\nalpha,ONLINE,Medical; technical\nbeta,on  site,legal\n")
    assert [coding.codes for coding in found.codings_by_coder["ann"]] == [
        ("online",),
        ("medical", "technical"),
        ("offline",),
        ("legal",),
    ]
    assert found.problems == ()


def test_a_column_may_be_headed_by_the_label_of_its_dimension(read):
    assert codes(read("document,delivery MODE\nalpha,hybrid\n")) == {"mode": ("hybrid",)}


def test_every_coding_names_its_codebook_dimension_and_version(read, codebook, documents):
    (coding,) = read("document,mode\nalpha,online\n").codings_by_coder["ann"]
    assert coding.codebook_hash == codebook.hash()
    assert coding.dimension_hash == codebook.dimension("mode").hash()
    assert coding.version_id == documents["alpha"][1].id
    assert coding.all_evidence == ()


@pytest.mark.parametrize(
    "cell", ["medical;technical", "medical|technical", "Medical, Technical", '"medical\ntechnical"']
)
def test_several_codes_stand_in_one_cell(read, cell):
    quoted = cell if cell.startswith('"') else f'"{cell}"'
    assert codes(read(f"document,topics\nalpha,{quoted}\n"))["topics"] == ("medical", "technical")


def test_a_label_that_holds_a_comma_is_one_code(read):
    assert codes(read('document,topics,mode\nalpha,"Legal, ethical; medical","Both, online and on site"\n')) == {
        "topics": ("legal", "medical"),
        "mode": ("hybrid",),
    }


def test_a_separator_may_be_chosen(read):
    assert codes(read("document,topics\nalpha,medical/technical\n", separator="/"))["topics"] == (
        "medical",
        "technical",
    )


@pytest.mark.parametrize(
    ("cell", "status"),
    [
        ("absent", Status.ABSENT),
        ("not specified", Status.ABSENT),
        ("n/a", Status.NOT_APPLICABLE),
        ("Not applicable", Status.NOT_APPLICABLE),
        ("?", Status.UNDECIDABLE),
        ("cannot tell", Status.UNDECIDABLE),
    ],
)
def test_words_for_a_status_are_no_codes(read, cell, status):
    (coding,) = read(f"document,mode\nalpha,{cell}\n").codings_by_coder["ann"]
    assert (coding.status, coding.codes) == (status, ())


def test_an_empty_cell_is_not_coded_and_counted(read):
    found = read("document,mode,topics\nalpha,online,\nbeta,,medical\n")
    assert sum(map(len, found.codings_by_coder.values())) == 2
    assert found.not_coded == 2


def test_an_empty_cell_is_absent_when_asked_for(read):
    found = read("document,mode,topics\nalpha,online,\n", empty_is_absent=True)
    assert [coding.status for coding in found.codings_by_coder["ann"]] == [Status.CODED, Status.ABSENT]
    assert found.not_coded == 0


def test_an_empty_cell_is_no_absent_where_the_codebook_has_none(read):
    found = read("document,mode,start\nalpha,online,\n", empty_is_absent=True)
    assert str(found.problems[0]) == "line 2, start: the codebook has no 'absent' for this dimension"


def test_a_number_is_binned_in_the_unit_of_the_dimension(read):
    # 60 is the first value of the half-open bin [60, 180), 59.5 the end of the one before
    found = read("document,duration\nalpha,60\nbeta,59.5\n")
    assert [coding.codes for coding in found.codings_by_coder["ann"]] == [("h1_3",), ("under_1h",)]
    assert found.codings_by_coder["ann"][1].mentions == (QuantityMention(low=59.5, unit="minutes"),)


def test_a_bin_is_named_by_id_or_label_with_any_dash(read):
    found = read("document,duration\nalpha,h3_6\nbeta,1-3 H\n")
    assert [coding.codes for coding in found.codings_by_coder["ann"]] == [("h3_6",), ("h1_3",)]


@pytest.mark.parametrize(
    ("cell", "reason"),
    [
        ("360", "no bin holds 360 minutes"),
        ("1,200", "'1,200' is not a plain number: write 1200 or 1200.5, in minutes"),
        ("1,30", "'1,30' is not a plain number"),  # neither 1 and 30 nor 1.3 is taken for granted
        ('"30;90"', "2 codes (under_1h, h1_3) where one is allowed"),
        ("-5", "unknown code '-5'"),
        ("2 hours", "unknown code '2 hours'"),
    ],
)
def test_a_quantity_that_cannot_be_binned_is_a_problem(read, cell, reason):
    found = read(f"document;duration\nalpha;{cell}\n")
    assert reason in str(found.problems[0])
    assert found.codings_by_coder == {}


@pytest.mark.parametrize(
    ("cell", "code"),
    [
        ("2019-04-03", "2019-H1"),
        ("2019-07", "2019-H2"),
        ("2017", "outside"),
        ("2019-H1", "2019-H1"),
        ("outside", "outside"),
    ],
)
def test_a_date_is_binned(read, cell, code):
    (coding,) = read(f"document,start\nalpha,{cell}\n").codings_by_coder["ann"]
    assert coding.codes == (code,)


def test_the_date_as_written_is_kept(read):
    (coding,) = read("document,start\nalpha,2019-04-03\n").codings_by_coder["ann"]
    assert coding.mentions == (DateMention(start="2019-04-03"),)


def test_a_year_that_spans_two_bins_is_not_guessed(read):
    # 2020 ends outside the period (June), so January and December fall into different bins
    found = read("document,start\nalpha,2019\nbeta,2020\n7,03/04/2019\n")
    assert [str(problem) for problem in found.problems] == [
        "line 2, start: '2019' is too coarse: it could be 2019-H1 or 2019-H2",
        "line 3, start: '2020' is too coarse: it could be 2020-H1 or outside",
        "line 4, start: '03/04/2019' can be read in more than one way: write dates as 2019-04-03",
    ]


def test_every_problem_is_listed_with_its_rows(read):
    found = read(
        "document,mode,topics\n"
        "alpha,onlin,medical\n"  # line 2: unknown code
        "gamma,online,medical\n"  # line 3: unknown document
        "beta,online;offline,medical;juridical\n"  # line 4: two codes, unknown code
        "7,onlin,\n"  # line 5: the code of line 2 again
    )
    assert [(problem.kind, problem.rows, problem.dimension) for problem in found.problems] == [
        ("unknown_code", (2, 5), "mode"),
        ("unknown_document", (3,), ""),
        ("several_codes", (4,), "mode"),
        ("unknown_code", (4,), "topics"),
    ]
    assert "nearest in the codebook: online" in found.problems[0].message
    assert codes(found) == {"topics": ("medical",)}


def test_one_unknown_label_leaves_the_whole_set_out(read):
    # {medical} alone would say that the coder saw no second topic
    assert read("document,topics\nalpha,medical;juridical\n").codings_by_coder == {}


def test_a_status_beside_a_code_is_a_contradiction(read):
    found = read("document,topics\nalpha,medical;absent\n")
    assert str(found.problems[0]) == "line 2, topics: says medical, absent at once"


def test_na_is_not_guessed(read):
    assert "can mean two things" in str(read("document,mode\nalpha,NA\n").problems[0])


def test_a_word_that_two_categories_share_means_neither(read, codebook, documents, tmp_path):
    mode = codebook.dimension("mode")
    same = tuple(category.model_copy(update={"label": "Somewhere"}) for category in mode.categories)
    twins = codebook.model_copy(update={"dimensions": (mode.model_copy(update={"categories": same}),)})
    path = tmp_path / "codes.csv"
    path.write_text("document,mode\nalpha,somewhere\nbeta,online\n")
    found = read_codings(path, twins, documents, coder="ann")
    assert "could be hybrid or offline or online; write the id" in str(found.problems[0])
    assert codes(found) == {"mode": ("online",)}


def test_a_misspelt_dimension_is_a_problem_and_a_variable_a_note(read):
    found = read("document,mode,topcs,year\nalpha,online,medical,2019\n")
    assert (
        str(found.problems[0])
        == "line 1: column 'topcs' is not a dimension; is it 'topics'? Rename or remove the column"
    )
    assert any("'year'" in note for note in found.notes)


def test_two_columns_for_one_dimension_are_both_left_out(read):
    found = read("document,mode,Delivery mode\nalpha,online,offline\n")
    assert found.problems[0].kind == "unknown_dimension"
    assert found.codings_by_coder == {}


def test_a_document_coded_twice_and_differently_is_a_problem(read):
    found = read("document,mode,topics\nalpha,online,medical\nalpha,offline,medical\n")
    assert [(problem.kind, problem.rows, problem.dimension) for problem in found.problems] == [
        ("contradiction", (2, 3), "mode")
    ]
    assert codes(found) == {"topics": ("medical",)}


def test_a_column_coder_keeps_people_apart(read):
    found = read("document,coder,mode\nalpha,ann,online\nalpha,bob,offline\n", coder=None)
    assert codes(found, "ann") == {"mode": ("online",)}
    assert codes(found, "bob") == {"mode": ("offline",)}
    ids = {coding.coder_id for codings in found.codings_by_coder.values() for coding in codings}
    assert len(ids) == 2


def test_a_row_without_a_coder_is_a_problem_where_none_is_named(read):
    found = read("document,coder,mode\nalpha,,online\n", coder=None)
    assert str(found.problems[0]) == "line 2: names no coder"


def test_a_file_without_any_coder_is_refused(read):
    with pytest.raises(InputError, match="does not say who coded"):
        read("document,mode\nalpha,online\n", coder=None)


def test_inclusion_probabilities_are_kept_by_document(read, documents):
    found = read("document,mode,probability\nalpha,online,0.25\nbeta,online,1\n", sample="pilot")
    assert [(one.sample, one.document_id, one.dimension_id, one.probability) for one in found.inclusions] == [
        ("pilot", documents["alpha"][0].id, "", 0.25),
        ("pilot", documents["beta"][0].id, "", 1.0),
    ]


@pytest.mark.parametrize("value", ["0", "1.2", "-0.5", "nan", "25%", "often"])
def test_what_is_no_probability_is_a_problem(read, value):
    found = read(f"document,mode,inclusion_probability\nalpha,online,{value}\n")
    assert [problem.kind for problem in found.problems] == ["probability"]
    assert found.inclusions == ()


def test_a_table_without_a_dimension_is_refused_with_both_lists(read):
    with pytest.raises(InputError) as caught:
        read("document,notes\nalpha,good\n")
    assert "'notes'" in caught.value.hint
    assert "duration" in caught.value.hint


def test_a_table_that_names_no_documents_is_refused_with_its_columns(read):
    with pytest.raises(InputError, match="no column names the documents"):
        read("title,mode\nalpha,online\n")


def test_an_unusual_column_may_be_named(read):
    assert codes(read("title,mode\nalpha,online\n", columns={"document": "title"})) == {"mode": ("online",)}


def test_a_named_column_that_is_missing_is_refused(read):
    with pytest.raises(InputError, match="has no column 'titel'"):
        read("title,mode\nalpha,online\n", columns={"document": "titel"})


def test_the_unit_of_the_codebook_may_head_the_documents(read):
    assert codes(read("Training Program,mode\nalpha,online\n")) == {"mode": ("online",)}


def test_a_workbook_is_read_with_typed_cells(tmp_path: Path, codebook, documents):
    # a spreadsheet stores the name 7, the stars 2 and the 90 minutes as numbers, and the day as a date
    import datetime

    book = Workbook()
    book.active.append(["document", "rating", "duration", "start", "mode"])
    book.active.append([7, 2.0, 90, datetime.date(2019, 4, 3), "onlin"])
    book.save(tmp_path / "codes.xlsx")
    found = read_codings(tmp_path / "codes.xlsx", codebook, documents, coder="ann")
    assert codes(found) == {"rating": ("2",), "duration": ("h1_3",), "start": ("2019-H1",)}
    assert str(found.problems[0]).startswith("row 2, mode: unknown code 'onlin'")


def test_a_semicolon_separated_file_in_windows_1252_is_read(tmp_path: Path, codebook, documents):
    path = tmp_path / "codes.csv"
    path.write_bytes("document;mode;Bemerkung\nalpha;online;schön für Ärzte\n".encode("cp1252"))
    assert codes(read_codings(path, codebook, documents, coder="ann")) == {"mode": ("online",)}


def test_hostile_text_is_shown_as_python_writes_it(read):
    found = read("document,mode\nalpha,x\x1b[31m[red]\n")
    assert "'x\\x1b[31m[red]'" in str(found.problems[0])


def test_all_problems_make_one_error(read):
    rows = "".join(f"nobody{number},online\n" for number in range(30))
    error = read(f"document,mode\n{rows}").error(shown=3)
    assert error.message.splitlines()[0].endswith("codes.csv: 30 problems; nothing was imported")
    assert error.message.splitlines()[1:] == [
        "  line 2: no document is named 'nobody0'",
        "  line 3: no document is named 'nobody1'",
        "  line 4: no document is named 'nobody2'",
        "  and 27 more",
    ]


def test_not_applicable_where_the_dimension_always_applies_is_noted(read):
    found = read("document,mode,rating\nalpha,n/a,n/a\n")
    assert [note for note in found.notes if "applies to all" in note] == [
        "1 codings say 'not applicable' of mode, which applies to all"
    ]
