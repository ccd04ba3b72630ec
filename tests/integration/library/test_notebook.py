"""The notebook in docs/ runs from its first cell to its last in a real kernel, where an event loop runs already."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

NOTEBOOKS = Path(__file__).parents[3] / "docs" / "notebooks"


# The kernel's parts warn of their own futures; what the cells do is checked by their outputs.
@pytest.mark.filterwarnings("default")
def test_the_notebook_runs_and_comes_to_what_it_says(tmp_path: Path) -> None:
    nbformat = pytest.importorskip("nbformat", reason="the extra 'test' is not installed")
    nbclient = pytest.importorskip("nbclient", reason="the extra 'test' is not installed")
    pytest.importorskip("ipykernel", reason="the extra 'test' is not installed")
    shutil.copytree(NOTEBOOKS, tmp_path, dirs_exist_ok=True)
    notebook = nbformat.read(tmp_path / "library.ipynb", as_version=4)
    nbclient.NotebookClient(notebook, timeout=300, resources={"metadata": {"path": str(tmp_path)}}).execute()
    texts = [output["data"]["text/plain"] for cell in notebook.cells for output in cell.get("outputs", ())]
    assert len(texts) == 5
    assert "We meet in Delft for two days." in texts[1]
    assert "'coded': 4" in texts[2]
    # Delivery: three of four agree; "flyer" is absent by gold and offline by the answers.
    # Expected: offline 2/4 * 3/4 + online 1/4 * 1/4 = 7/16; kappa = (3/4 - 7/16) / (9/16) = 5/9.
    assert "0.555556" in texts[3]
    # Ada and ben agree on six of eight, with margins 4:4 and 4:4: kappa = (.75 - .5) / .5.
    assert "cohen_kappa" in texts[4]
    assert "0.5" in texts[4]


def test_the_notebook_is_stored_without_outputs() -> None:
    nbformat = pytest.importorskip("nbformat", reason="the extra 'test' is not installed")
    notebook = nbformat.read(NOTEBOOKS / "library.ipynb", as_version=4)
    nbformat.validate(notebook)
    assert not [cell for cell in notebook.cells if cell.get("outputs") or cell.get("execution_count")]
