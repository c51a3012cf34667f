"""Progress: what is shown while waiting, on a terminal and elsewhere."""

import io

import pytest
from rich.console import Console

from benchmark.system import terminal
from benchmark.system.terminal import Progress, duration, padded, track


@pytest.fixture
def clock(monkeypatch):
    """A clock that stands still until it is told to move."""
    times = {"now": 0.0}
    monkeypatch.setattr(terminal.time, "monotonic", lambda: times["now"])
    return times


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(4.4, "4 s"), (61, "1 min"), (600, "10 min"), (11_100, "3 h 05 min"), (400_000, "4 days 15 h")],
)
def test_durations_have_two_units_at_most(seconds, words):
    assert duration(seconds) == words


def test_a_line_says_how_much_is_done_and_how_long_the_rest_takes(clock, capsys):
    with Progress("training", 1_000, done=400) as shown:
        clock["now"] = 20.0
        shown.update(500, "loss 3")
    assert capsys.readouterr().err == "training: 500 of 1,000, 100 s left; loss 3\n"


def test_lines_come_at_most_every_ten_seconds(clock, capsys):
    for _ in track(range(100), "waiting"):
        clock["now"] += 1.0
    assert len(capsys.readouterr().err.splitlines()) == 9


def test_what_takes_no_time_shows_nothing(capsys):
    assert list(track(range(5), "waiting")) == [0, 1, 2, 3, 4]
    assert capsys.readouterr().err == ""


def test_an_iterator_is_tracked_in_things_not_in_items(clock, capsys):
    for _ in track(iter("ab"), "drawing", unit=4, total=6):
        clock["now"] += 20.0
    assert capsys.readouterr().err == "drawing: 4 of 6, 10 s left\ndrawing: 6 of 6, 0 s left\n"


@pytest.mark.parametrize("width", [80, 115, 200])
def test_a_long_note_leaves_room_for_the_bar_and_the_count(width, monkeypatch):
    shown = io.StringIO()
    monkeypatch.setattr(terminal.sys.stderr, "isatty", lambda: True, raising=False)
    monkeypatch.setattr(terminal, "terminal", lambda: Console(file=shown, width=width, force_terminal=True))
    with Progress("anime-faces wgan_gp_hardest_negative seed 0", 1_500) as bar:
        bar.update(700, "75 images/s " + "discriminator/real 0.702 " * 8)
        bar.bar.refresh()
    assert "700/1500" in shown.getvalue()
    assert "━━━━" in shown.getvalue()
    assert "75 ima" in shown.getvalue()


def test_texts_are_padded_to_what_they_are_wide_on_a_screen():
    assert padded(["王小明_4713", "Ann Lee_4711", ""]) == ["王小明_4713 ", "Ann Lee_4711", " " * 12]
    assert padded([]) == []
