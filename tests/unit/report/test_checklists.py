"""The checklists ask what their sources ask, under their numbers."""

from __future__ import annotations

import re

from coder.report.html.sections.checklists import _lists


def items(name: str) -> list[str]:
    (found,) = [one for one in _lists() if one["id"] == name]
    return [item["item"] for item in found["items"]]


def test_every_item_of_prisma_traice_is_there_once_with_its_level() -> None:
    # Holst et al. 2025: title, abstract, introduction, ten of methods, two of results, two of discussion
    wanted = ["T1", "A1", "I1", *(f"M{number}" for number in range(1, 11)), "R1", "R2", "D1", "D2"]
    numbered = [item for item in items("traice") if re.match(r"[A-Z]\d", item)]
    assert list(dict.fromkeys(item.split()[0] for item in numbered)) == wanted
    mandatory = {item.split()[0] for item in numbered if "(mandatory)" in item}
    assert mandatory == {"M1", "M2", "M3", "M4", "M5", "M6", "M8", "M9", "R1", "R2"}


def test_the_items_of_coreq_are_those_on_analysis_and_findings() -> None:
    assert [item.split()[0] for item in items("coreq")] == [str(number) for number in range(24, 33)]
