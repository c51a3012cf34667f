"""The files whose digest stands for a plug-in."""

import pytest

from benchmark.plugins.source_files import source_files, source_sha256
from benchmark.system.files import file_sha256

PACKAGE = {
    "gans/__init__.py": "from gans.scores import Score\n",
    "gans/model.py": "import torch\nfrom . import layers\nfrom .blocks.up import Up, missing\nfrom gans import Score\n",
    "gans/layers.py": "import gans.losses\nimport beside\nimport benchmark.tasks\n",
    "gans/losses.py": "def late():\n    from ..gans import model\n    import gans.model\n",
    "gans/scores.py": "",
    "gans/unused.py": "",
    "gans/blocks/__init__.py": "from .. import unused_name\nfrom . import down\n",
    "gans/blocks/up.py": "from ..losses import late\n",
    "gans/blocks/down.py": "",
    "beside.py": "import other, single.part\n",
    "other.py": "import torch\n",
    "single/__init__.py": "",
    "single/part.py": "",
    "torch/__init__.py": "",
    "benchmark/tasks.py": "",
}


@pytest.fixture
def folder(tmp_path):
    for name, text in PACKAGE.items():
        (tmp_path / "mine" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "mine" / name).write_text(text)
    return tmp_path / "mine"


def test_the_modules_of_its_package_that_a_plug_in_imports_are_its_files_and_others_are_not(folder):
    found = source_files(folder / "gans/model.py", "gans.model")
    assert set(found) == {
        "gans.model", "gans.layers", "gans.losses", "gans.blocks.up", "gans", "gans.scores",
    }  # fmt: skip
    assert found["gans"] == folder / "gans/__init__.py"
    assert found["gans.blocks.up"] == folder / "gans/blocks/up.py"
    of_package = source_files(folder / "gans/blocks/__init__.py", "gans.blocks")
    assert set(of_package) == {"gans.blocks", "gans.blocks.down", "gans", "gans.scores"}


def test_a_module_outside_of_packages_has_the_files_of_its_folder_unless_packages_are_installed_there(folder):
    found = source_files(folder / "beside.py", "beside")
    assert set(found) == {"beside", "other", "single.part", "torch"}
    folder.rename(folder.parent / "site-packages")
    assert set(source_files(folder.parent / "site-packages/beside.py", "beside")) == {"beside"}


@pytest.mark.parametrize(
    ("name", "is_its_own"),
    [("gans/model.py", True), ("gans/blocks/up.py", True), ("gans/scores.py", True), ("gans/unused.py", False),
     ("gans/blocks/down.py", False), ("beside.py", False)],
)  # fmt: skip
def test_an_edit_of_its_files_changes_the_digest_and_one_of_another_does_not(folder, name, is_its_own):
    before = source_sha256(folder / "gans/model.py", "gans.model")
    (folder / name).write_text((folder / name).read_text() + "# edited\n")
    assert (source_sha256(folder / "gans/model.py", "gans.model") != before) == is_its_own


def test_the_digest_of_one_file_is_the_files_and_no_path_is_in_that_of_several(folder, tmp_path):
    assert source_sha256(folder / "other.py", "other") != file_sha256(folder / "other.py")
    (folder / "torch/__init__.py").unlink()
    assert source_sha256(folder / "other.py", "other") == file_sha256(folder / "other.py")
    before = source_sha256(folder / "gans/model.py", "gans.model")
    folder.rename(tmp_path / "moved")
    assert source_sha256(tmp_path / "moved/gans/model.py", "gans.model") == before
