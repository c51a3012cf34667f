"""The pages of the reports: the same records give the same bytes, and what is in them is shown as it is."""

import json
import re

import pytest
from builders.claims import HIGHER, TOML, A, B, claim, saved
from builders.leaderboards import reference, run
from markdown_it import MarkdownIt

from benchmark.cli import main
from benchmark.reports import latex
from benchmark.reports.claims import Report
from benchmark.reports.judging import claims_by_verdict, judge
from benchmark.reports.render import documents
from benchmark.reports.summary import summary

REPORT = Report(key="R9", title="a report", trained="Scenes.")


def page(folder, records, *claims):
    return documents([REPORT], judge(claims, records, folder))["R9.md"]


def table(text):
    """The cells of the page's table."""
    return [line.strip("| ").split(" | ") for line in text.splitlines() if line.startswith("|")]


@pytest.fixture
def paper(tmp_path):
    path = tmp_path / "paper.toml"
    path.write_text(TOML)
    return path


def report(tmp_path, *options):
    return main(["claims", "report", str(tmp_path / "records"), "--out", str(tmp_path / "pages"), *options])


def test_a_row_has_claim_number_verdict_and_both_budgets(tmp_path):
    records = saved(tmp_path, run(A, 0.8), run(B, 0.5))
    longer = claim(HIGHER, budget={"updates": 3_000, "words": "3,000 iterations"}, left_out="the eyes.")
    text = page(tmp_path, records, longer)
    _, _, (name, words, verdict, tests, budget) = table(text)
    expected = ("[9.1](#claim-91)", "A is better.", "**reproduced**, after shorter training", "1 reproduced")
    assert (name, words, verdict, tests) == expected
    (line,) = re.findall("^- .*", text, re.M)
    assert line.startswith(f"- **reproduced**: topk_accuracy: {A} minus {B}: 30.0 points [22.9, 37.1]")
    assert line.endswith("; needed: above 2.0 points")
    assert budget.startswith("1,500 updates (short), 1 seed, iclevr-v2-")
    assert budget.endswith("report: 3,000 iterations (3,000 updates here)")
    assert "### Claim 9.1\n" in text
    assert "Why these tests: Because.\n\nLeft out: the eyes.\n" in text


def test_a_test_that_decides_nothing_says_why(tmp_path):
    records = saved(tmp_path, run(A, 0.8), run(B, 0.1, status="undertrained", reason="near chance"))
    text = page(tmp_path, records, claim(HIGHER, budget={"updates": 3_000, "words": "3,000 iterations"}))
    assert f"needed: above 2.0 points. It decides nothing, since {B} had learned too little\n" in text
    assert "It decides nothing" not in page(tmp_path, records, claim(HIGHER))


def test_a_budget_that_no_report_states_is_said_to_be_chosen(tmp_path):
    budget = {"updates": 1_500, "stated": False}
    assert "report: not stated; our choice: 1,500 updates |" in page(tmp_path, [], claim(HIGHER, budget=budget))
    reasoned = claim(HIGHER, budget=budget | {"words": "as its DCGAN"})
    assert "report: not stated; our choice: 1,500 updates, as its DCGAN |" in page(tmp_path, [], reasoned)
    with pytest.raises(ValueError, match="give words, as the report counts its budget"):
        claim(HIGHER, budget=budget | {"stated": True})


def test_a_page_begins_with_how_many_claims_have_each_verdict(tmp_path):
    records = saved(tmp_path, run(A, 0.8), run(B, 0.5))
    longer = claim(HIGHER, id="9.2", budget={"updates": 3_000, "words": "3,000 iterations"})
    absent = claim(HIGHER | {"first": f"{A}:c_dim_400"}, id="9.3")
    text = page(tmp_path, records, claim(HIGHER), longer, absent)
    expected = "Verdicts: 2 reproduced (1 after shorter training), 1 not measured."
    assert expected in text.splitlines()


def test_what_is_not_measured_says_why(tmp_path):
    some = claim(HIGHER, HIGHER | {"first": f"{A}:c_dim_400"})
    text = page(tmp_path, saved(tmp_path, run(A), run(B)), some)
    assert table(text)[2][2:4] == ["**not measured**", "1 undecided, 1 not measured"]
    assert f"- **not measured**: topk_accuracy: {A}:c_dim_400 minus {B} (no record of {A}:c_dim_400)\n" in text
    blocked = claim(not_measured="there is no number")
    assert table(page(tmp_path, [], blocked))[2][2:4] == ["**not measured**: there is no number", "–"]  # noqa: RUF001


def test_records_of_two_protocols_have_a_row_each(tmp_path):
    newer = {"protocol": {"version": 3}}
    records = [run(A, 0.8), run(B, 0.5), run(A, 0.5, **newer), run(B, 0.8, **newer)]
    text = page(tmp_path, saved(tmp_path, *records), claim(HIGHER))
    assert [cells[0] for cells in table(text)[2:]] == ["[9.1](#claim-91)"] * 2
    assert text.count("### Claim 9.1") == 1
    assert "Verdicts: 1 reproduced, 1 contradicted." in text
    again = [run(A, 0.9, **newer), run(B, 0.5, **newer)]
    assert "Verdicts: 1 reproduced." in page(tmp_path, saved(tmp_path / "again", *records[:2], *again), claim(HIGHER))
    assert re.findall(r"Under iclevr-v(\d)-\w+:\n\n- \*\*(\w+)", text) == [("3", "contradicted"), ("2", "reproduced")]


def test_markup_in_words_and_reasons_is_shown_and_not_run(tmp_path):
    evil = "<script>alert(1)</script> | a\n# b *c* `d`"
    records = [run(A, 0.8), run(B, scores={}, status="diverged", reason=evil)]
    text = page(tmp_path, saved(tmp_path, *records), claim(HIGHER, words=evil, why=evil))
    html = MarkdownIt("commonmark", {"html": True}).enable("table").render(text)
    assert "<script" not in html
    assert html.count("<h1>") == 1
    assert html.count("<td>") == 5
    assert "`d`" in html


def test_the_order_of_records_changes_nothing(tmp_path):
    records = saved(tmp_path, *(run(name, value, seed=seed) for seed in (0, 1) for name, value in ((A, 0.8), (B, 0.5))))
    assert page(tmp_path, records, claim(HIGHER)) == page(tmp_path, records[::-1], claim(HIGHER))


def test_pages_are_written_and_then_agree(tmp_path, capsys):
    saved(tmp_path / "records", run(A, 0.8), run(B, 0.5), reference("real"))
    assert report(tmp_path) == 0
    assert sorted(path.name for path in (tmp_path / "pages").glob("*.md")) == [f"R{n}.md" for n in range(1, 6)]
    assert report(tmp_path, "--check") == 0
    page = tmp_path / "pages/R4.md"
    page.write_text(page.read_text().replace("4.6", "4.7", 1))
    (tmp_path / "pages/R3.md").unlink()
    (tmp_path / "pages/R6.md").touch()
    capsys.readouterr()
    assert report(tmp_path, "--check", "--json") == 1
    differences = json.loads(capsys.readouterr().out)["differences"]
    assert [line.split(":")[0] for line in differences] == ["missing", "extra", "changed"]
    assert report(tmp_path, "--check", "--write") == 2


def test_another_papers_claims_get_a_page_of_their_own(tmp_path, paper, capsys):
    saved(tmp_path / "records", run(A, 0.8), run(B, 0.5))
    assert report(tmp_path, "--claims", str(paper), "--json") == 0
    found = {one["id"]: one for one in json.loads(capsys.readouterr().out)["claims"]}
    assert found["P1.1"]["verdict"] == "reproduced"
    assert found["2.1"]["verdict"] == "not measured"
    assert "| [P1.1](#claim-p11) |" in (tmp_path / "pages/P1.md").read_text()


def test_the_pages_of_one_report_alone_are_written_and_checked(tmp_path, paper, capsys):
    saved(tmp_path / "records", run(A, 0.8), run(B, 0.5))
    own = ("--claims", str(paper), "--only", "P1")
    assert report(tmp_path, *own, "--json") == 0
    assert {one["id"] for one in json.loads(capsys.readouterr().out)["claims"]} == {"P1.1"}
    assert sorted(path.name for path in (tmp_path / "pages").rglob("*.*")) == ["P1.md", "P1.tex"]
    assert report(tmp_path, *own, "--check") == 0
    assert report(tmp_path, "--claims", str(paper), "--check") == 1
    (tmp_path / "pages/R1.md").touch()
    assert report(tmp_path, *own, "--check") == 0, "a page of a report that was not asked for"
    (tmp_path / "pages/P2.md").touch()
    assert report(tmp_path, *own, "--check") == 1
    assert report(tmp_path, "--only", "P1") == 2
    assert "no report is called 'P1'. Known: R1, R2" in capsys.readouterr().err


def test_a_report_with_figures_alone_has_a_page_of_figures(tmp_path, paper):
    saved(tmp_path / "records", run(A, 0.8), run(B, 0.5))
    head, _ = TOML.split("[[claims]]")
    paper.write_text(
        head + '[[figures]]\nreport = "P1"\nname = "values"\ntitle = "Values"\nkind = "scores"\ntask = "iclevr"\n'
        f'rows = ["{A}"]\nscore = "topk_accuracy"\n'
    )
    own = ("--claims", str(paper), "--only", "P1")
    assert report(tmp_path, *own) == 0
    text = (tmp_path / "pages/P1.md").read_text()
    assert "Scenes.\n\n## Figures\n\n### Values\n\n![Values](figures/P1-values.png)\n" in text
    assert "Verdicts" not in text
    assert "longtable}" not in (tmp_path / "pages/P1.tex").read_text().replace("longtable,array}", "")
    assert report(tmp_path, *own, "--check") == 0


def test_another_papers_claim_names_its_budget_by_number_and_a_bundled_one_by_its_name(tmp_path, paper):
    budget = {"budget": "report", "updates": 20_000}
    saved(tmp_path / "records", run(A, 0.8, **budget), run(B, 0.5, **budget))
    assert report(tmp_path, "--claims", str(paper)) == 0
    text = (tmp_path / "pages/P1.md").read_text()
    assert "| 20,000 updates, 1 seed, iclevr-v2-" in text
    assert "(report)" not in text
    assert "20,000 updates (report), 1 seed" in (tmp_path / "pages/R4.md").read_text()


def test_people_get_one_line_a_claim(tmp_path, paper, capsys):
    newer = {"protocol": {"version": 3}}
    saved(tmp_path / "records", run(A, 0.8), run(B, 0.5), run(A, 0.5, **newer), run(B, 0.8, **newer))
    assert report(tmp_path, "--claims", str(paper)) == 0
    assert "P1.1     contradicted; reproduced" in capsys.readouterr().out.splitlines()


def test_latex_has_every_claim_with_its_verdict_and_shows_any_words(tmp_path):
    words = r"A & B_1 are 50% better {at} $5 #1 ~ ^ \end{longtable} \input{x}"
    records = saved(tmp_path, run(A, 0.8), run(B, 0.5))
    judged = judge([claim(HIGHER, words=words), claim(HIGHER, id="9.2")], records, tmp_path)
    text = latex.documents([REPORT], judged)["R9.tex"]
    body = text.split("\\endfoot\n")[1].split("\\end{longtable}")[0]
    rows = [row for row in body.split(" \\\\\n") if row]
    assert [len(re.split(r"(?<!\\)&", row)) for row in rows] == [5, 5]
    assert r"A \& B\_\allowbreak{}1 are 50\% better \{at\} \$5 \#1" in rows[0]
    assert (text.count("\\begin{"), text.count("\\end{"), text.count("\\input")) == (1, 1, 0)
    assert all("reproduced" in row and "30.0 points [22.9, 37.1]" in row for row in rows)


def test_without_records_nothing_is_written(tmp_path, capsys):
    assert report(tmp_path) == 2
    assert "is not a folder; give a folder that 'cgan-bench score' has written to" in capsys.readouterr().err
    (tmp_path / "records").mkdir()
    assert report(tmp_path) == 2
    assert "holds no records" in capsys.readouterr().err
    assert not (tmp_path / "pages").exists()


def test_a_record_with_nan_is_refused(tmp_path, capsys):
    (record, _) = saved(tmp_path / "records", run(A, 0.8), run(B, 0.5))
    path = tmp_path / "records" / record.file_name
    path.write_text(path.read_text().replace('"value": 0.8', '"value": NaN'))
    assert report(tmp_path) == 2
    assert "scores.topk_accuracy.value" in capsys.readouterr().err


VERDICTS = "# Title\n<!-- verdicts: begin -->\nold\n<!-- verdicts: end -->\nafter\n"


def test_the_summary_has_each_claim_below_its_verdict_and_leads_to_its_tests(tmp_path):
    records = saved(tmp_path, run(A, 0.9, budget="short"), run(B, 0.5, budget="short"))
    claims = [
        claim(HIGHER, id="9.1b"), claim(HIGHER | {"direction": "lower"}, id="9.2"),
        claim(HIGHER, id="9.3", budget={"updates": 9_000, "words": "9,000 iterations"}),
        claim(HIGHER | {"first": "modern_cgan"}, id="9.4"),
    ]  # fmt: skip
    head, _, row = table(summary([REPORT], judge(claims, records, tmp_path), "pages"))
    assert head == ["report", "reproduced (2)", "contradicted (1)", "undecided (0)", "not measured (1)"]
    assert row == [
        "[R9](pages/R9.md): a report", "[9.1b](pages/R9.md#claim-91b), [9.3](pages/R9.md#claim-93)\\*",
        "[9.2](pages/R9.md#claim-92)", "\u2013", "[9.4](pages/R9.md#claim-94)",
    ]  # fmt: skip


def test_a_claim_of_two_data_sets_has_a_star_only_if_both_trainings_are_shorter(tmp_path):
    claims = [claim(HIGHER, id="9.3", budget={"updates": 9_000, "words": "9,000 iterations"})]
    options = {"short": {"budget": "short"}, "long": {"budget": "custom", "updates": 9_000}}
    judged = {
        name: judge(claims, saved(tmp_path / name, run(A, 0.9, **given), run(B, 0.5, **given)), tmp_path / name)
        for name, given in options.items()
    }

    def link(*names):
        (*_, row) = table(summary([REPORT], [one for name in names for one in judged[name]], "pages"))
        return row[1]

    assert link("short", "short") == "[9.3](pages/R9.md#claim-93)\\*"
    assert link("short", "long") == link("long", "short") == "[9.3](pages/R9.md#claim-93)"


def test_a_claim_is_not_measured_only_if_it_is_so_on_every_data_set(tmp_path):
    claims = [claim(HIGHER, id="9.4")]
    known = judge(claims, saved(tmp_path, run(A, 0.9), run(B, 0.5)), tmp_path)
    unknown = judge(claims, [], tmp_path)

    def verdicts(judged):
        return {verdict: set(names) for verdict, names in claims_by_verdict(judged).items() if names}

    assert verdicts(unknown) == {"not measured": {"9.4"}}
    assert verdicts([*unknown, *known]) == verdicts([*known, *unknown]) == {"reproduced": {"9.4"}}


def test_a_document_gets_the_verdicts_between_its_markers_and_is_checked(tmp_path, paper, capsys):
    saved(tmp_path / "records", run(A, 0.9), run(B, 0.5))
    (tmp_path / "README.md").write_text(VERDICTS)
    options = ("--claims", str(paper), "--readme", str(tmp_path / "README.md"))
    assert report(tmp_path, *options) == 0
    text = (tmp_path / "README.md").read_text()
    assert "[P1.1](pages/P1.md#claim-p11)" in text
    assert "old" not in text
    assert (text.startswith("# Title\n<!--"), text.endswith("-->\nafter\n")) == (True, True)
    assert report(tmp_path, *options, "--check") == 0
    (tmp_path / "README.md").write_text(text.replace("P1.1", "P1.2"))
    assert report(tmp_path, *options, "--check") == 1
    assert "README.md, line" in capsys.readouterr().out


@pytest.mark.parametrize("text", [None, "# Title\n"])
def test_a_document_without_markers_is_refused_before_anything_is_written(tmp_path, capsys, text):
    saved(tmp_path / "records", run(A, 0.9), run(B, 0.5))
    if text is not None:
        (tmp_path / "README.md").write_text(text)
    assert report(tmp_path, "--readme", str(tmp_path / "README.md")) == 2
    assert "README.md" in capsys.readouterr().err.splitlines()[-1]
    assert not (tmp_path / "pages").exists()
