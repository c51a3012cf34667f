"""Links of scores in README: rendered from the evaluators' source, wherever the document lies."""

import pytest
from builders.leaderboards import run

from benchmark.leaderboard.output_files import check, write
from benchmark.leaderboard.readme import LINKS, RESULTS, markers
from benchmark.leaderboard.score_links import compute_of, score_links

BASE = "class Base:\n    name = 1\n\n    def compute(self):\n        pass\n"
EVALUATORS = f"""from toy_bases import Base

{BASE.replace("Base", "Here")}

class Own(Base):
    @property
    def compute(self):
        pass

class Inherited(Here): ...
class Imported(Base): ...

class Judged(Base):
    def outcomes(self):
        pass

    def compute(self):
        return share(self.seen())

class Weighed(Judged):
    def compute(self):
        return share(self.seen() > 1)
"""


@pytest.fixture(scope="module")
def toys(tmp_path_factory):
    folder = tmp_path_factory.mktemp("toys")
    (folder / "toy_bases.py").write_text(BASE)
    (folder / "toy_evaluators.py").write_text(EVALUATORS)
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(folder)
        yield folder


@pytest.mark.parametrize(
    ("name", "line"), [("Judged", "    def outcomes(self):"), ("Weighed", "    def compute(self):")]
)
def test_a_share_of_outcomes_is_computed_where_these_are_decided(name, line, toys):
    path, number = compute_of("toy_evaluators", name)
    lines = path.read_text().splitlines()
    assert lines[number - 1] == line
    assert (number > lines.index("class Weighed(Judged):")) == (name == "Weighed")


@pytest.mark.parametrize(
    ("name", "file", "line"),
    [("Own", "toy_evaluators.py", 11), ("Inherited", "toy_evaluators.py", 6), ("Imported", "toy_bases.py", 4)],
)
def test_the_line_is_of_the_class_or_of_the_base_class_that_computes(name, file, line, toys):
    assert compute_of("toy_evaluators", name) == (toys / file, line)
    assert ("def compute" in (toys / file).read_text().splitlines()[line - 1]) == (name != "Own"), (
        "the decorator comes first"
    )


def test_links_lead_from_the_documents_folder(tmp_path):
    (line, *_) = score_links(tmp_path).splitlines()
    target = line.partition("(")[2].partition("#")[0]
    assert (tmp_path / target).resolve().name == "object_scores.py"


def test_a_document_with_a_place_for_links_gets_them_and_a_changed_one_is_found(tmp_path):
    run("good", 0.9).save(tmp_path / "records")
    readme, places = tmp_path / "README.md", (tmp_path / "records", tmp_path / "tables")
    readme.write_text("\n".join([*markers(RESULTS), "between", *markers(LINKS), "after\n"]))
    write(*places, readme=readme)
    text = readme.read_text()
    assert f"{markers(LINKS)[0]}\n{score_links(tmp_path)}{markers(LINKS)[1]}\nafter\n" in text
    assert check(*places, readme=readme) == []
    readme.write_text(text.replace("#L", "#L1", 1))
    assert len(check(*places, readme=readme)) == 1
