"""The course's own checkpoint as a judge: torchvision's ResNet18 with 24 outputs."""

import pytest
import torch
from torch.nn import functional as F  # noqa: N812

from benchmark.errors import UsageError
from benchmark.scoring import judges
from benchmark.tasks import TASKS
from evaluators.judges.course_resnet18 import course_layers, load_course_judge


@pytest.fixture
def state():
    torch.manual_seed(0)
    network = course_layers()
    for name, buffer in network.named_buffers():
        if name.endswith("running_mean"):
            buffer.normal_()
        if name.endswith("running_var"):
            buffer.uniform_(0.5, 2)
    return network.state_dict()


@pytest.fixture
def checkpoint(state, tmp_path):
    torch.save({"model": state}, tmp_path / "checkpoint.pth")
    return tmp_path / "checkpoint.pth"


def by_hand(state, x):
    """The network written out from its tensors alone."""

    def norm(x, name):
        mean, var, weight, bias = (
            state[f"{name}.{part}"] for part in ("running_mean", "running_var", "weight", "bias")
        )
        scale = weight / (var + 1e-5).sqrt()
        return x * scale[:, None, None] + (bias - mean * scale)[:, None, None]

    x = F.max_pool2d(norm(F.conv2d(x, state["conv1.weight"], stride=2, padding=3), "bn1").relu(), 3, 2, 1)
    for layer in range(1, 5):
        for block in range(2):
            name, stride = f"layer{layer}.{block}", 2 if layer > 1 and block == 0 else 1
            y = norm(F.conv2d(x, state[f"{name}.conv1.weight"], stride=stride, padding=1), f"{name}.bn1").relu()
            y = norm(F.conv2d(y, state[f"{name}.conv2.weight"], padding=1), f"{name}.bn2")
            if f"{name}.downsample.0.weight" in state:
                x = norm(F.conv2d(x, state[f"{name}.downsample.0.weight"], stride=stride), f"{name}.downsample.1")
            x = (x + y).relu()
    return x.mean(dim=(2, 3)) @ state["fc.0.weight"].T + state["fc.0.bias"]


def test_it_has_the_weights_of_torchvisions_resnet18():
    """11,689,512 with torchvision's 1,000 outputs of 513 numbers each."""
    assert sum(p.numel() for p in course_layers().parameters()) == 11_689_512 - 1_000 * 513 + 24 * 513


def test_it_answers_as_the_network_written_out(state, checkpoint):
    images = torch.randint(0, 256, (5, 3, 64, 64), generator=torch.Generator().manual_seed(1), dtype=torch.uint8)
    judge, _ = load_course_judge(checkpoint)
    expected = by_hand(state, images.float() / 127.5 - 1)
    torch.testing.assert_close(judge(images), expected, rtol=1e-3, atol=1e-3)
    assert judge(images).std() > 0.1


def test_its_features_are_what_the_answers_are_read_from(state, checkpoint):
    images = torch.randint(0, 256, (3, 3, 64, 64), generator=torch.Generator().manual_seed(1), dtype=torch.uint8)
    judge, _ = load_course_judge(checkpoint)
    read = judge.features(images) @ state["fc.0.weight"].T + state["fc.0.bias"]
    torch.testing.assert_close(judge(images), read, rtol=1e-4, atol=1e-4)


def test_it_serves_as_the_judge_of_its_task_and_of_no_other(checkpoint):
    judge = judges.judge_network(TASKS["iclevr"], checkpoint)
    assert judge.name == "course_resnet18"
    assert judge.sha256 == load_course_judge(checkpoint)[1]
    with pytest.raises(UsageError, match="than anime-faces has; give one for this task"):
        judges.judge_network(TASKS["anime-faces"], checkpoint)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (lambda document: document.pop("model"), "no state under the key 'model'"),
        (lambda document: document["model"].pop("layer3.1.bn2.bias"), "layer3.1.bn2.bias is missing"),
        (lambda document: document["model"].update(extra=torch.zeros(1)), "extra is unknown"),
        (lambda document: document["model"].update({"fc.0.bias": torch.zeros(10)}), r"fc.0.bias has shape \(10,\)"),
        (
            lambda document: document["model"].update({"fc.0.bias": [0.0] * 24}),
            "fc.0.bias holds numbers of another kind",
        ),
        (
            lambda document: document["model"].update({"fc.0.bias": torch.zeros(24, dtype=torch.long)}),
            "of another kind",
        ),
        (lambda document: document["model"].update({"fc.0.bias": torch.full((24,), torch.nan)}), "not finite"),
        (lambda document: document.update(run=torch.nn.Linear), "not a checkpoint of plain tensors"),
    ],
)
def test_another_checkpoint_is_refused_with_the_mismatch(state, tmp_path, change, reason):
    document = {"model": dict(state)}
    change(document)
    torch.save(document, tmp_path / "other.pth")
    with pytest.raises(UsageError, match=reason):
        judges.judge_network(TASKS["iclevr"], tmp_path / "other.pth")


@pytest.mark.parametrize("protocol", [2, 4])
def test_a_whole_model_is_refused_with_what_to_save_and_without_advice_to_load_it(tmp_path, protocol, recwarn):
    torch.save(torch.nn.Linear(2, 2), tmp_path / "whole.pth", pickle_protocol=protocol)
    with pytest.raises(UsageError) as error:
        judges.judge_network(TASKS["iclevr"], tmp_path / "whole.pth")
    assert str(error.value) == (
        f"{tmp_path / 'whole.pth'}: not a checkpoint of plain tensors but, say, a whole model; give the course's "
        "checkpoint as it is, or torch.save({'model': model.state_dict()}, FILE)"
    )
    assert not recwarn.list


def test_an_empty_file_is_one_line_too(tmp_path):
    (tmp_path / "empty.pth").touch()
    with pytest.raises(ValueError, match=r"empty\.pth: not a checkpoint of plain tensors"):
        load_course_judge(tmp_path / "empty.pth")


def test_half_precision_is_widened(state, tmp_path):
    halves = {name: tensor.half() if tensor.is_floating_point() else tensor for name, tensor in state.items()}
    torch.save({"model": halves}, tmp_path / "half.pth")
    judge, _ = load_course_judge(tmp_path / "half.pth")
    assert judge(torch.zeros(1, 3, 64, 64, dtype=torch.uint8)).dtype == torch.float32
