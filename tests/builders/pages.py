"""Pages of the leaderboard, made from records without a folder."""

from __future__ import annotations

import json
import re

from benchmark.leaderboard.page.contents import Contents
from benchmark.leaderboard.page.render import render
from benchmark.leaderboard.tables import build
from builders.leaderboards import FD, run

NASTY = "<img src=x onerror=window.pwned=1></script><script>window.pwned=1</script>\"'&amp;{{7*7}}"


def page(records, **changes):
    """The page of records, with what else is known of them."""
    by_name = {record.file_name: record for record in records}
    return render(build(records), Contents(records=by_name, records_link="records/", **changes))


def details_of(html):
    """What rows show once they are opened, in the order of the page."""
    return json.loads(re.search(r'<script type="application/json" id="details">(.*?)</script>', html, re.S)[1])


def many(count):
    """Records of many models with as many scores as a real table has."""
    more = {f"{name}_efficientnet_lite0": FD | {"value": 3.0, "interval": (2.9, 3.1)} for name in "abcdefghijklmno"}
    found = []
    for i in range(count):
        record = run(f"model_number_{i}", 0.1 + i / 1000)
        found.append(type(record)(**dict(record) | {"scores": dict(record.scores) | more}))
    return found
