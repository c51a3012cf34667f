"""A real Chromium, in which pages are opened as people open them: from a disk, without a network."""

from __future__ import annotations

import os
import shutil

import pytest

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")  # of programs


def browser_path():
    """The browser that this machine has; in CI there must be one."""
    found = next(filter(None, map(shutil.which, NAMES)), None)
    if found is None and os.environ.get("CI"):
        pytest.fail("no Chromium on this machine; apt-get install chromium")
    return found


@pytest.fixture(scope="session")
def browser():
    """Headless Chromium, driven by playwright."""
    path = browser_path()
    if path is None:
        pytest.skip("no Chromium on this machine; apt-get install chromium, then pages are tested in it")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        found = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        yield found
        found.close()


@pytest.fixture
def opened(browser):
    """Opens a file as a page of some size and colour scheme; a page that says anything is wrong fails the test."""
    contexts, complaints = [], []

    def open_file(path, width=1280, height=900, **settings):
        context = browser.new_context(viewport={"width": width, "height": height}, offline=True, **settings)
        contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
        page.goto(path.resolve().as_uri())
        return page

    yield open_file
    for context in contexts:
        context.close()
    assert complaints == []


def violations(page):
    """What axe-core finds wrong with a page, in one line each."""
    from axe_playwright_python.sync_playwright import Axe

    found = Axe().run(page).response["violations"]
    return [f"{rule['id']}: {node['html'][:120]}" for rule in found for node in rule["nodes"]]
