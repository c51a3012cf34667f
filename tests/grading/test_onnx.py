"""Generators as ONNX graphs whose numbers lie in a file next to them, as ``torch.onnx.export`` writes large ones."""

import numpy as np
import onnx
import pytest
from builders.submissions import ASSIGNMENT, as_folder, as_zip, manifest, npz, seen
from hostile import PLAIN, constant, gray_image_nodes
from onnx import TensorProto, helper, numpy_helper

from benchmark.grading.sandbox.answer import Rejected
from benchmark.grading.submission import onnx_numbers

WEIGHT = np.random.default_rng(0).normal(0, 0.05, size=(100, 1)).astype(np.float32)


def model(output="tanh", batch=8):
    """Gray images from ``latent``, with the names that torch chooses for outputs and a fixed batch."""
    inputs = [
        helper.make_tensor_value_info(name, TensorProto.FLOAT, [batch, width])
        for name, width in (("latent", 100), ("condition", 24))
    ]
    nodes = [helper.make_node("MatMul", ["latent", "weight"], ["one"]), *gray_image_nodes("one")]
    nodes[-1].output[0] = output
    tensors = [numpy_helper.from_array(WEIGHT, "weight"), *(constant(*item) for item in PLAIN.items())]
    outputs = [helper.make_tensor_value_info(output, TensorProto.FLOAT, [batch, 3, 64, 64])]
    graph = helper.make_graph(nodes, "generator", inputs, outputs, tensors)
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=10)


def exported(folder, **changes):
    """Graph and data as the exporter leaves them; entries of the reference changed."""
    folder.mkdir(parents=True)
    onnx.save_model(
        model(), folder / "generator.onnx", save_as_external_data=True, location="generator.onnx.data", size_threshold=0
    )
    if changes:
        changed = onnx.load(folder / "generator.onnx", load_external_data=False)
        for tensor in changed.graph.initializer:
            entries = {entry.key: entry.value for entry in tensor.external_data} | changes
            del tensor.external_data[:]
            for key, value in entries.items():
                tensor.external_data.add(key=key, value=value)
        (folder / "generator.onnx").write_bytes(changed.SerializeToString())
    return folder


@pytest.fixture
def whole(tmp_path):
    """What the same graph draws as one file."""
    folder = as_folder(tmp_path / "whole", {"generator.onnx": model().SerializeToString()})
    return seen(folder)["generator", "test"]


def test_numbers_in_a_file_next_to_the_graph_are_read(tmp_path, whole):
    folder = exported(tmp_path / "work")
    assert sorted(path.name for path in folder.iterdir()) == ["generator.onnx", "generator.onnx.data"]
    assert np.array_equal(seen(folder)["generator", "test"], whole)
    assert len(np.unique(whole)) > 5


def test_they_are_read_in_a_folder_of_an_archive_and_with_a_manifest(tmp_path, whole):
    folder = exported(tmp_path / "work")
    contents = {f"a/b/{path.name}": path.read_bytes() for path in folder.iterdir()}
    assert np.array_equal(seen(as_zip(tmp_path, contents))["generator", "test"], whole)
    contents["a/b/manifest.json"] = b'{"onnx": {}}'
    assert np.array_equal(seen(as_zip(tmp_path, contents))["generator", "test"], whole)


def test_numbers_of_a_node_are_read_too(tmp_path, whole):
    """A constant within the graph refers to the file as an initializer does."""
    folder = exported(tmp_path / "work")
    graph = onnx.load(folder / "generator.onnx", load_external_data=False)
    weight = next(tensor for tensor in graph.graph.initializer if tensor.name == "weight")
    node = helper.make_node("Constant", [], ["weight"], value=weight)
    graph.graph.initializer.remove(weight)
    graph.graph.node.insert(0, node)
    (folder / "generator.onnx").write_bytes(graph.SerializeToString())
    assert np.array_equal(seen(folder)["generator", "test"], whole)


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"location": "other.data"}, "keeps numbers in another file, 'other.data', which was not handed in"),
        ({"location": "../secret"}, "'../secret', which was not handed in"),
        ({"location": "/etc/passwd"}, "'/etc/passwd', which was not handed in"),
        ({"location": "..\\secret"}, "secret', which was not handed in"),
        ({"location": "inner/../../secret"}, "which was not handed in"),
        ({"location": ""}, "'', which was not handed in"),
        ({"location": "*/_ORT_MEM_ADDR_/*", "offset": "140737488355328"}, "which was not handed in"),
        ({"offset": "1000000"}, "needs bytes 1,000,000 to"),
        ({"length": "1000000"}, "needs bytes"),
        ({"offset": "-4"}, "'-4' is no place in a file"),
        ({"offset": "1e3"}, "'1e3' is no place in a file"),
        ({"length": "9" * 30}, "is no place in a file"),
        ({"length": "٣"}, "is no place in a file"),
        ({"length": "4"}, "cannot be loaded"),
    ],
)
def test_a_reference_that_leads_anywhere_else_is_rejected(changes, reason, tmp_path):
    (tmp_path / "secret").write_bytes(bytes(4_000))
    with pytest.raises(Rejected) as verdict:
        seen(exported(tmp_path / "work", **changes))
    assert reason in str(verdict.value)


def test_a_file_that_many_tensors_take_whole_is_too_much(tmp_path, monkeypatch):
    folder = exported(tmp_path / "work", offset="0", length="400")
    monkeypatch.setattr(onnx_numbers, "MAX_BYTES", 1_000)
    with pytest.raises(Rejected, match="refers to more than 1,000 bytes in other files"):
        seen(folder)


def test_a_graph_with_several_outputs_or_other_inputs_is_rejected(tmp_path):
    two = model()
    two.graph.output.append(helper.make_tensor_value_info("one", TensorProto.FLOAT, [8, 1]))
    with pytest.raises(Rejected, match="2 outputs; inputs 'latent' and 'condition' and one output were requested"):
        seen(as_folder(tmp_path / "two", {"generator.onnx": two.SerializeToString()}))
    other = model()
    other.graph.input[1].name = "labels"
    with pytest.raises(Rejected, match="has labels, latent and 1 outputs"):
        seen(as_folder(tmp_path / "other", {"generator.onnx": other.SerializeToString()}))


def test_images_next_to_a_generator_are_read_with_it(tmp_path):
    folder = exported(tmp_path / "work")
    images = {rows.name: np.zeros((len(rows.rows), 3, 64, 64), np.uint8) for rows in ASSIGNMENT.lists}
    document = b'{"onnx": {}, "images"' + manifest("NCHW", "0..255", "a.npz")[len('{"images"') :]
    as_folder(folder, {"a.npz": npz(images), "manifest.json": document})
    assert {source for source, _ in seen(folder)} == {"images", "generator"}


@pytest.mark.parametrize("inputs", [["one"], ["one", "ratio"], ["one", "ratio", ""]])
def test_dropout_that_is_not_training_changes_nothing(inputs, tmp_path, whole):
    """By ONNX's specification it is the identity; one in training is among the hostile submissions."""
    dropping = model()
    dropping.graph.node.insert(1, helper.make_node("Dropout", inputs, ["kept"]))
    dropping.graph.node[2].input[0] = "kept"
    dropping.graph.initializer.append(helper.make_tensor("ratio", TensorProto.FLOAT, [], [0.9]))
    folder = as_folder(tmp_path / "work", {"generator.onnx": dropping.SerializeToString()})
    assert np.array_equal(seen(folder)["generator", "test"], whole)
