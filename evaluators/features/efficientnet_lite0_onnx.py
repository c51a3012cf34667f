"""EfficientNet-Lite0 on onnxruntime: the same weights in the same graph: less work on a CPU than in torch.

The graph is written from the torch network itself, whose batch norms are folded, so there is one set of weights and
nothing to keep in step. onnxruntime merges each convolution with its activation and keeps channels in blocks.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import torch
from torch import Tensor, nn

from evaluators.features.efficientnet_lite0 import BATCH, EfficientNetLite0, preprocess

if TYPE_CHECKING:
    import onnx

TOLERANCE = 1e-4  # of the length of a feature vector; onnxruntime and torch differ by about 2e-6
OPSET, IR_VERSION = 18, 10


class OnnxEfficientNetLite0:
    """uint8 (N, 3, S, S), 0 to 255, to float32 (N, 1280) features, on the CPU, with as many threads as torch.

    Each thread takes whole batches. Threads that share a layer would wait for each other at each one, and the
    sums would depend on how many there are.

    Args:
        network: whose weights and graph it takes.
    """

    def __init__(self, network: EfficientNetLite0) -> None:
        import onnxruntime

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        options.use_deterministic_compute = True
        content = graph_of(network.network).SerializeToString()
        self._session = onnxruntime.InferenceSession(content, options, providers=["CPUExecutionProvider"])

    def __call__(self, images: Tensor) -> Tensor:
        with ThreadPoolExecutor(torch.get_num_threads()) as threads:
            return torch.cat(list(threads.map(self._features, images.split(BATCH["cpu"]))))

    @torch.inference_mode()
    def _features(self, images: Tensor) -> Tensor:
        (features,) = self._session.run(None, {"images": preprocess(images).contiguous().numpy()})
        return torch.from_numpy(features)


def known_images() -> Tensor:
    """Images to compare two networks on, noise and slopes of grey: uint8 (4, 3, 64, 64)."""
    noise = torch.randint(256, (2, 3, 64, 64), generator=torch.Generator().manual_seed(0))
    slope = torch.linspace(0, 255, 64).long().expand(3, 64, 64)
    return torch.cat([noise, slope[None], slope.mT[None]]).to(torch.uint8)


def greatest_difference(first: Tensor, second: Tensor) -> float:
    """Largest distance of two networks' features of one image, as a share of the first ones' length; NaN if any is."""
    return ((first - second).norm(dim=1) / first.norm(dim=1)).max().item()


def graph_of(network: nn.Module) -> onnx.ModelProto:
    """The package's network without its classifier, after ``fold_batch_norms`` and ``save_memory_traffic``.

    Input ``images`` float32 (N, 3, 224, 224), preprocessed; output ``features`` float32 (N, 1280).
    """
    from onnx import TensorProto, helper

    graph = _Graph()
    x = graph.relu6(graph.convolution("images", network._conv_stem))
    for block in network._blocks:
        x = _block(graph, x, block)
    x = graph.relu6(graph.convolution(x, network._conv_head))
    graph.add("Flatten", [graph.add("GlobalAveragePool", [x])], output="features")
    images = helper.make_tensor_value_info("images", TensorProto.FLOAT, ["N", 3, 224, 224])
    features = helper.make_tensor_value_info("features", TensorProto.FLOAT, ["N", 1280])
    whole = helper.make_graph(graph.nodes, "efficientnet_lite0", [images], [features], graph.tensors)
    return helper.make_model(whole, opset_imports=[helper.make_opsetid("", OPSET)], ir_version=IR_VERSION)


def _block(graph: _Graph, x: str, block: nn.Module) -> str:
    """One inverted residual block; its input is added where the shapes allow."""
    inner = graph.relu6(graph.convolution(x, block._expand_conv)) if hasattr(block, "_expand_conv") else x
    inner = graph.relu6(graph.convolution(inner, block._depthwise_conv))
    inner = graph.convolution(inner, block._project_conv)
    arguments = block._block_args
    alike = arguments.input_filters == arguments.output_filters and arguments.stride in (1, [1])
    return graph.add("Add", [inner, x]) if arguments.id_skip and alike else inner


class _Graph:
    """Nodes and weights so far; each method adds to them and returns the name of a result."""

    def __init__(self) -> None:
        self.nodes: list[onnx.NodeProto] = []
        self.tensors = [self._tensor("zero", torch.tensor(0.0)), self._tensor("six", torch.tensor(6.0))]

    def add(self, operator: str, inputs: list[str], output: str | None = None, **attributes: object) -> str:
        """One operator's result."""
        from onnx import helper

        output = output or f"x{len(self.nodes)}"
        self.nodes.append(helper.make_node(operator, inputs, [output], **attributes))
        return output

    def relu6(self, x: str) -> str:
        """Clipped to 0 to 6."""
        return self.add("Clip", [x, "zero", "six"])

    def convolution(self, x: str, layer: nn.Conv2d) -> str:
        """A convolution with its bias."""
        weight, bias = f"w{len(self.nodes)}", f"b{len(self.nodes)}"
        self.tensors += [self._tensor(weight, layer.weight), self._tensor(bias, layer.bias)]
        settings = {"strides": _pair(layer.stride), "pads": 2 * _pair(layer.padding), "group": layer.groups}
        return self.add("Conv", [x, weight, bias], kernel_shape=list(layer.weight.shape[2:]), **settings)

    @staticmethod
    def _tensor(name: str, values: Tensor) -> onnx.TensorProto:
        from onnx import numpy_helper

        return numpy_helper.from_array(values.detach().contiguous().numpy(), name)


def _pair(size: int | list[int] | tuple[int, ...]) -> list[int]:
    """Both sides of a size, which the package writes as one number, a list of one, or a pair."""
    sides = [size] if isinstance(size, int) else list(size)
    return sides if len(sides) == 2 else 2 * sides
