"""Submissions that mean harm, or come from a broken disk: each a function that writes one into a folder."""

import bz2
import gzip
import io
import json
import lzma
import os
import pickle
import struct
import tarfile
import warnings
import zipfile
import zlib
from functools import cache

import numpy as np
import torch
from builders.data import png

BOMB = 800  # MiB of zeros: more than a submission may unpack to

HOSTILE = {}


def hostile(reason, name=None):
    """Register a builder with a pattern that the one line of reason must match."""

    def register(build):
        HOSTILE[name or build.__name__] = (build, reason)
        return build

    return register


class Opener:
    """Unpickled carelessly, this leaves a file behind."""

    def __init__(self, marker):
        self.marker = marker

    def __reduce__(self):
        return open, (str(self.marker), "w")


MARKER = "touched"


def images(folder, count=32):
    for number in range(count):
        target = folder / "test" / f"{number}.png"
        target.parent.mkdir(exist_ok=True, parents=True)
        target.write_bytes(png((3 * number, 90, 60)))


def config(model="cdcgan_iclevr", **changes):
    import dataclasses

    from benchmark.definitions.model_settings import model_config
    from benchmark.tasks import TASKS

    settings = dataclasses.asdict(model_config(model, TASKS["iclevr"], channels=8))
    return {"model": model, "model_config": json.loads(json.dumps(settings)) | changes}


def weights():
    from benchmark.definitions.model_settings import model_config
    from benchmark.tasks import TASKS
    from reference_models import MODELS

    torch.manual_seed(0)
    return MODELS["cdcgan_iclevr"](model_config("cdcgan_iclevr", TASKS["iclevr"], channels=8)).generator.state_dict()


def with_config(folder, document=None):
    (folder / "config.json").write_text(json.dumps(document or config()))


def zipped(folder, entries):
    with zipfile.ZipFile(folder / "work.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in entries:
            archive.writestr(name, content)


@cache
def zip_of_zeros(name, mebibytes):
    """A zip of one file as bytes, in a moment: its compressed data is that of one mebibyte, again and again."""
    compressor, block = zlib.compressobj(wbits=-15), bytes(1 << 20)
    data = compressor.compress(block) + compressor.flush(zlib.Z_FULL_FLUSH)  # depends on nothing before it
    data = data * mebibytes + compressor.flush()
    check = 0
    for _ in range(mebibytes):
        check = zlib.crc32(block, check)
    header = struct.pack("<5H3I2H", 20, 0, 8, 0, 33, check, len(data), mebibytes << 20, len(name), 0)
    central = b"PK\x01\x02" + struct.pack("<H", 20) + header + struct.pack("<3H2I", 0, 0, 0, 0, 0) + name.encode()
    local = b"PK\x03\x04" + header + name.encode() + data
    return local + central + b"PK\x05\x06" + struct.pack("<4H2IH", 0, 0, 1, 1, len(central), len(local), 0)


def tar_of_zeros(name, mebibytes, compress):
    """A compressed tar of one file as bytes; its parts are compressed each by itself, and unpacked in turn."""
    return compress(member(name, size=mebibytes << 20).tobuf()) + compress(bytes(1 << 20)) * mebibytes


def tarred(folder, members, mode="w:gz", suffix=".tar.gz"):
    with tarfile.open(folder / f"work{suffix}", mode) as archive:
        for member, content in members:
            archive.addfile(member, io.BytesIO(content))


def member(name, kind=tarfile.REGTYPE, link="", size=0):
    info = tarfile.TarInfo(name)
    info.type, info.linkname, info.size = kind, link, size
    return info


# --- archives ---


@hostile("leads outside")
def zip_climbs_out(folder):
    zipped(folder, [("../touched", b"x")])


@hostile("leads outside")
def zip_absolute(folder):
    zipped(folder, [("/tmp/touched", b"x")])


@hostile("leads outside")
def zip_backslashes(folder):
    zipped(folder, [("a\\..\\..\\touched", b"x")])


@hostile("link or a device")
def zip_link(folder):
    info = zipfile.ZipInfo("test/0.png")
    info.external_attr = 0o120777 << 16
    zipped(folder, [(info, b"/etc/passwd")])


@hostile("in it twice")
def zip_same_name_twice(folder):
    import warnings

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        zipped(folder, [("test/0.png", png()), ("test/0.png", png())])


@hostile("more than")
def zip_bomb(folder):
    (folder / "work.zip").write_bytes(zip_of_zeros("test/0.png", BOMB))


@hostile("more than|cannot be read|no whole zip")
def zip_bomb_that_lies(folder):
    """The directory says ten bytes."""
    zipped(folder, [("test/0.png", bytes(64 << 20)), *((f"test/{n}.png", png()) for n in range(1, 32))])
    path = folder / "work.zip"
    content = bytearray(path.read_bytes())
    at = content.index(b"PK\x01\x02") + 24
    content[at : at + 4] = struct.pack("<I", 10)
    path.write_bytes(content)


@hostile("more than 5,000 files")
def zip_of_many(folder):
    zipped(folder, [(f"{number}.png", b"") for number in range(6_000)])


@hostile("encrypted")
def zip_encrypted(folder):
    zipped(folder, [("test/0.png", b"x")])
    path = folder / "work.zip"
    content = bytearray(path.read_bytes())
    content[content.rindex(b"PK\x01\x02") + 8] |= 1
    path.write_bytes(content)


@hostile("no whole zip")
def zip_cut_off(folder):
    zipped(folder, [("test/0.png", png())])
    path = folder / "work.zip"
    path.write_bytes(path.read_bytes()[:-30])


@hostile("leads outside")
def tar_climbs_out(folder):
    tarred(folder, [(member("../touched", size=1), b"x")])


@hostile("leads outside")
def tar_absolute(folder):
    tarred(folder, [(member("/tmp/touched", size=1), b"x")])


@hostile("link, a device")
def tar_symlink(folder):
    tarred(folder, [(member("test/0.png", tarfile.SYMTYPE, "/etc/passwd"), b"")])


@hostile("link, a device")
def tar_hard_link(folder):
    tarred(folder, [(member("test/0.png", tarfile.LNKTYPE, "/etc/passwd"), b"")])


@hostile("link, a device")
def tar_device(folder):
    tarred(folder, [(member("test/0.png", tarfile.CHRTYPE), b"")])


@hostile("link, a device")
def tar_fifo(folder):
    tarred(folder, [(member("test/0.png", tarfile.FIFOTYPE), b"")])


@hostile("more than")
def tar_bomb(folder):
    (folder / "work.tar.gz").write_bytes(tar_of_zeros("test/0.png", BOMB, gzip.compress))


@hostile("no whole tar")
def tar_cut_off(folder):
    tarred(folder, [(member("test/0.png", size=4_000), os.urandom(4_000))])
    path = folder / "work.tar.gz"
    path.write_bytes(path.read_bytes()[:1_500])


@hostile("no whole tar|nothing in it")
def tar_of_noise(folder):
    (folder / "work.tar.bz2").write_bytes(bz2.compress(np.random.default_rng(0).bytes(100_000)))


@hostile("link or a device")
def folder_with_link(folder):
    images(folder)
    (folder / "test" / "0.png").unlink()
    (folder / "test" / "0.png").symlink_to("/etc/passwd")


@hostile("link or a device")
def folder_with_fifo(folder):
    os.mkfifo(folder / "manifest.json")


@hostile("plain names")
def name_with_newline(folder):
    (folder / "test a\nb.png").write_bytes(png())  # which is read, as a grid


# --- images ---


def with_image(folder, content):
    images(folder)
    (folder / "test" / "7.png").write_bytes(content)


def chunk(kind, content):
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))


@hostile("50000x50000|pixels|decompression bomb")
def image_of_2_5_gigapixels(folder):
    header = chunk(b"IHDR", struct.pack(">IIBBBBB", 50_000, 50_000, 8, 2, 0, 0, 0))
    with_image(
        folder, b"\x89PNG\r\n\x1a\n" + header + chunk(b"IDAT", zlib.compress(bytes(1_000))) + chunk(b"IEND", b"")
    )


@hostile("cannot be decoded")
def image_cut_off(folder):
    with_image(folder, png(size=(64, 64))[:60])


@hostile("empty")
def image_of_no_bytes(folder):
    with_image(folder, b"")


@hostile("cannot be decoded")
def image_that_is_a_script(folder):
    with_image(folder, b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 64 64\n(touched) (w) file\n")


@hostile("cannot be decoded")
def image_that_is_a_zip(folder):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("x", "y")
    with_image(folder, b"GIF89a" + buffer.getvalue())


@hostile("cannot be decoded")
def palette_image_without_palette(folder):
    header = chunk(b"IHDR", struct.pack(">IIBBBBB", 64, 64, 8, 3, 0, 0, 0))
    rows = zlib.compress(bytes(64 * 65))
    with_image(folder, b"\x89PNG\r\n\x1a\n" + header + chunk(b"IDAT", rows) + chunk(b"IEND", b""))


@hostile("lacks 2: 30, 31")
def too_few_images(folder):
    images(folder, count=30)


@hostile("requests 32")
def too_many_images(folder):
    images(folder, count=40)


@hostile("finite")
def array_with_nan(folder):
    images = np.zeros((32, 3, 64, 64), np.float32)
    images[5, 1, 2, 3] = np.nan
    np.save(folder / "test.npy", images)
    document = {"images": {"files": {"test": "test.npy"}, "layout": "NCHW", "value_range": "-1..1"}}
    (folder / "manifest.json").write_text(json.dumps(document))


@hostile("the numbers go from")
def array_out_of_range(folder):
    np.save(folder / "test.npy", np.full((32, 3, 64, 64), 7.0, np.float32))
    document = {"images": {"files": {"test": "test.npy"}, "layout": "NCHW", "value_range": "-1..1"}}
    (folder / "manifest.json").write_text(json.dumps(document))


@hostile("no plain array|pickle")
def array_of_pickles(folder):
    np.save(folder / "test.npy", np.array([Opener(folder.parent / MARKER)], dtype=object), allow_pickle=True)


@hostile("no plain array|shape|more than")
def array_of_a_petabyte(folder):
    header = b"{'descr': '|u1', 'fortran_order': False, 'shape': (1000000, 1000000, 1000, 3), }"
    header = header.ljust(117) + b"\n"
    (folder / "test.npy").write_bytes(b"\x93NUMPY\x01\x00" + struct.pack("<H", len(header)) + header)


@hostile("no plain array")
def array_header_that_never_closes(folder):
    header = b"(((".ljust(117) + b"\n"
    (folder / "test.npy").write_bytes(b"\x93NUMPY\x01\x00" + struct.pack("<H", len(header)) + header)


def npz_of_zeros():
    buffer = io.BytesIO()
    np.savez_compressed(buffer, test=np.zeros((32, 3, 64, 64), np.uint8))
    return bytearray(buffer.getvalue())


@hostile("no whole .npz file")
def npz_with_broken_compression(folder):
    content = npz_of_zeros()
    content[60:90] = bytes(30)
    (folder / "work.npz").write_bytes(content)


@hostile("an array twice")
def npz_with_an_array_twice(folder):
    buffer = io.BytesIO()
    np.save(buffer, np.zeros((32, 3, 64, 64), np.uint8))
    with zipfile.ZipFile(folder / "work.npz", "w") as archive, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        archive.writestr("test.npy", buffer.getvalue())
        archive.writestr("test.npy", buffer.getvalue())


# --- manifests ---


def with_manifest(folder, text):
    images(folder)
    (folder / "manifest.json").write_text(text)


@hostile("not JSON")
def manifest_nested_100_000_deep(folder):
    with_manifest(folder, "[" * 49_000 + "]" * 49_000)


@hostile("Extra inputs|not permitted|unknown")
def manifest_with_unknown_key(folder):
    with_manifest(folder, '{"images": "files", "run": "rm -rf /"}')


@hostile("another task|is for task")
def manifest_of_another_task(folder):
    with_manifest(folder, '{"images": "files", "task": "anime-faces"}')


@hostile("more than")
def manifest_of_10_megabytes(folder):
    with_manifest(folder, json.dumps({"images": "files", "task": "x" * 10_000_000}))


@hostile("name at least one")
def manifest_of_nothing(folder):
    with_manifest(folder, "{}")


# --- weights ---


def with_pickle(folder, document):
    with_config(folder)
    torch.save(document, folder / "weights.pt")


@hostile("more than tensors")
def pickle_runs_code_at_the_top(folder):
    with_config(folder)
    (folder / "weights.pt").write_bytes(pickle.dumps(Opener(folder.parent / MARKER)))


@hostile("more than tensors")
def pickle_runs_code_in_a_value(folder):
    with_pickle(folder, {"generator": {"a": Opener(folder.parent / MARKER)}})


@hostile("more than tensors")
def pickle_runs_code_in_a_key(folder):
    with_pickle(folder, {"generator": [(Opener(folder.parent / MARKER), torch.zeros(1))]})


@hostile("more than tensors")
def pickle_runs_code_beside_tensors(folder):
    with_pickle(folder, {"generator": weights(), "epoch": Opener(folder.parent / MARKER)})


@hostile("more than tensors")
def pickle_of_a_whole_module(folder):
    with_pickle(folder, torch.nn.Linear(2, 2))


@hostile("no readable weights|more than tensors")
def torchscript(folder):
    with_config(folder)
    with zipfile.ZipFile(folder / "weights.pt", "w") as archive:
        archive.writestr("archive/code/__torch__.py", "def forward(self): return open('touched', 'w')")
        archive.writestr("archive/constants.pkl", pickle.dumps(()))
        archive.writestr("archive/data.pkl", pickle.dumps(Opener(folder.parent / MARKER)))
        archive.writestr("archive/version", "3\n")


@hostile("save plain real numbers")
def weights_on_no_device(folder):
    with_pickle(folder, {name: tensor.to("meta") for name, tensor in weights().items()})


def with_safetensors(folder, header, body=b"", length=None):
    with_config(folder)
    text = header if isinstance(header, bytes) else json.dumps(header).encode()
    (folder / "generator.safetensors").write_bytes(struct.pack("<Q", length or len(text)) + text + body)


@hostile("no whole safetensors")
def safetensors_header_of_2_gib(folder):
    with_safetensors(folder, b"{}", length=2 << 30)


@hostile("no whole safetensors")
def safetensors_overlapping(folder):
    entry = {"dtype": "F32", "shape": [4], "data_offsets": [0, 16]}
    with_safetensors(folder, {"a": entry, "b": entry}, bytes(16))


@hostile("no whole safetensors")
def safetensors_cut_off(folder):
    with_safetensors(folder, {"a": {"dtype": "F32", "shape": [4_000], "data_offsets": [0, 16_000]}}, bytes(16))


def with_weights(folder, change, settings=None):
    from safetensors.torch import save_file

    state = {name: tensor.clone() for name, tensor in weights().items()}
    change(state)
    save_file(state, folder / "generator.safetensors")
    with_config(folder, settings)


def first(state):
    return next(name for name, tensor in state.items() if tensor.is_floating_point() and tensor.ndim > 1)


@hostile("is unknown|is missing")
def weights_with_wrong_names(folder):
    with_weights(folder, lambda state: state.update({"other": state.pop(first(state))}))


@hostile("not \\(")
def weights_with_wrong_shapes(folder):
    with_weights(folder, lambda state: state.update({first(state): torch.zeros(3, 3)}))


@hostile("plain real numbers")
def weights_with_wrong_dtype(folder):
    with_weights(folder, lambda state: state.update({first(state): state[first(state)].to(torch.complex64)}))


@hostile("not finite")
def weights_with_nan(folder):
    with_weights(folder, lambda state: state[first(state)].fill_(float("nan")))


@hostile("not finite")
def weights_with_infinity(folder):
    with_weights(folder, lambda state: state[first(state)].fill_(float("inf")))


@hostile("config: .*evil")
def config_with_unknown_key(folder):
    with_weights(folder, lambda state: None, config(evil=1))


@hostile("config")
def config_of_terabytes(folder):
    with_weights(folder, lambda state: None, config(channels=4_000, latent_dim=4_000, c_dim=4_000))


@hostile("config: channels is")
def config_of_huge_numbers(folder):
    with_weights(folder, lambda state: None, config(channels=10**12))


@hostile("not JSON")
def config_nested_100_000_deep(folder):
    with_weights(folder, lambda state: None)
    (folder / "config.json").write_text("[" * 100_000)


@hostile("comes without config.json")
def weights_without_config(folder):
    with_weights(folder, lambda state: None)
    (folder / "config.json").unlink()


# --- ONNX ---


def with_graph(folder, nodes, initializers=(), output=("N", 3, 64, 64), domain=None):
    import onnx
    from onnx import TensorProto, helper

    inputs = [
        helper.make_tensor_value_info("latent", TensorProto.FLOAT, ["N", 100]),
        helper.make_tensor_value_info("condition", TensorProto.FLOAT, ["N", 24]),
    ]
    outputs = [helper.make_tensor_value_info("images", TensorProto.FLOAT, list(output))]
    graph = helper.make_graph(nodes, "generator", inputs, outputs, list(initializers))
    opsets = [helper.make_opsetid("", 21), *([helper.make_opsetid(domain, 1)] if domain else [])]
    model = helper.make_model(graph, opset_imports=opsets, ir_version=10)
    (folder / "generator.onnx").write_bytes(model.SerializeToString())
    return onnx


def constant(name, values, kind="int64"):
    from onnx import numpy_helper

    return numpy_helper.from_array(np.array(values, dtype=kind), name)


def gray_image_nodes(source="latent"):
    """(N, 100) to (N, 3, 64, 64) of the condition's mean."""
    from onnx import helper

    return [
        helper.make_node("ReduceMean", [source, "axis"], ["mean"], keepdims=1),
        helper.make_node("Tanh", ["mean"], ["squeezed"]),
        helper.make_node("Unsqueeze", ["squeezed", "more"], ["small"]),
        helper.make_node("Expand", ["small", "shape"], ["images"]),
    ]


PLAIN = {"axis": [1], "more": [2, 3], "shape": [1, 3, 64, 64]}


@hostile("no ONNX file|cannot be loaded|images")
def onnx_of_noise(folder):
    (folder / "generator.onnx").write_bytes(np.random.default_rng(0).bytes(5_000))


@hostile("in another file, '../../../../etc/passwd', which was not handed in")
def onnx_with_external_data(folder):
    from onnx import TensorProto, helper

    outside = TensorProto(name="secret", data_type=TensorProto.FLOAT, dims=[4], data_location=TensorProto.EXTERNAL)
    outside.external_data.add(key="location", value="../../../../etc/passwd")
    node = helper.make_node("Add", ["latent", "secret"], ["images"])
    with_graph(folder, [node], [outside])


@hostile("draws its own chance")
def onnx_that_rolls_its_own_dice(folder):
    from onnx import helper

    node = helper.make_node("RandomNormal", [], ["images"], shape=[1, 3, 64, 64])
    with_graph(folder, [node])


@hostile("draws its own chance")
def onnx_that_rolls_dice_by_dropping_out(folder):
    from onnx import helper

    nodes = [helper.make_node("Dropout", ["latent", "ratio", "training"], ["dropped"]), *gray_image_nodes("dropped")]
    training = [constant("ratio", 0.5, "float32"), constant("training", True, "bool")]
    with_graph(folder, nodes, [*training, *(constant(k, v) for k, v in PLAIN.items())])


@hostile("no ONNX file with a graph in it")
def onnx_that_is_another_format_for_another_reader(folder):
    """ONNX's reader finds an empty model, onnxruntime's other format begins four bytes later."""
    import onnxruntime

    with_graph(folder, gray_image_nodes(), [constant(k, v) for k, v in PLAIN.items()])
    options = onnxruntime.SessionOptions()
    options.optimized_model_filepath = str(folder / "other.ort")
    options.add_session_config_entry("session.save_model_format", "ORT")
    onnxruntime.InferenceSession(folder / "generator.onnx", options)
    content = (folder / "other.ort").read_bytes()
    (folder / "other.ort").unlink()
    (folder / "generator.onnx").write_bytes(behind_an_unknown_field(content))


def behind_an_unknown_field(buffer):
    """A flatbuffer that a protocol-buffer reader skips: fields 15, of which the second holds all of it."""
    start = b"\x78\x00\x7a\x04"  # field 15 is 0; field 15 is four bytes: the identifier of the format
    shift = struct.unpack("<I", start)[0] - struct.unpack("<I", buffer[:4])[0]
    head = start + buffer[4:8] + b"\x7a"  # and field 15 again: the rest
    for length in range(1, 6):
        number = varint(shift + len(buffer) - len(head) - length)
        if len(number) == length:
            break
    return (head + number).ljust(shift, b"\0") + buffer


def varint(number):
    content = b""
    while number > 127:
        content, number = content + bytes([number & 127 | 128]), number >> 7
    return content + bytes([number])


@hostile("N is fixed to 64")
def onnx_that_draws_64_at_a_time(folder):
    from onnx import TensorProto, helper

    inputs = [
        helper.make_tensor_value_info("latent", TensorProto.FLOAT, [64, 100]),
        helper.make_tensor_value_info("condition", TensorProto.FLOAT, [64, 24]),
    ]
    outputs = [helper.make_tensor_value_info("images", TensorProto.FLOAT, [64, 3, 64, 64])]
    tensors = [constant(k, v) for k, v in PLAIN.items()]
    graph = helper.make_graph([*gray_image_nodes()], "generator", inputs, outputs, tensors)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 21)], ir_version=10)
    (folder / "generator.onnx").write_bytes(model.SerializeToString())


@hostile("operator set")
def onnx_with_custom_operator(folder):
    from onnx import helper

    with_graph(folder, [helper.make_node("Run", ["latent"], ["images"], domain="my.shell")], domain="my.shell")


@hostile("stopped after|processor time|SIG")
def onnx_that_never_ends(folder):
    from onnx import TensorProto, helper

    body = helper.make_graph(
        [helper.make_node("Identity", ["go"], ["go_on"]), helper.make_node("Identity", ["x"], ["y"])],
        "body",
        [
            helper.make_tensor_value_info("i", TensorProto.INT64, []),
            helper.make_tensor_value_info("go", TensorProto.BOOL, []),
            helper.make_tensor_value_info("x", TensorProto.FLOAT, None),
        ],
        [
            helper.make_tensor_value_info("go_on", TensorProto.BOOL, []),
            helper.make_tensor_value_info("y", TensorProto.FLOAT, None),
        ],
    )
    loop = helper.make_node("Loop", ["", "forever", "latent"], ["looped"], body=body)
    with_graph(
        folder,
        [loop, *gray_image_nodes("looped")],
        [constant("forever", True, "bool"), *(constant(k, v) for k, v in PLAIN.items())],
    )


@hostile("cannot be run|memory|SIG|the generator draws")
def onnx_that_draws_100_gigabytes(folder):
    sizes = PLAIN | {"shape": [1, 3, 32_000, 32_000]}
    with_graph(folder, gray_image_nodes(), [constant(k, v) for k, v in sizes.items()], output=("N", 3, "H", "W"))


@hostile("the generator draws")
def onnx_that_draws_small_images(folder):
    sizes = PLAIN | {"shape": [1, 3, 8, 8]}
    with_graph(folder, gray_image_nodes(), [constant(k, v) for k, v in sizes.items()], output=("N", 3, "H", "W"))


@hostile("float32|'latent' and 'condition'")
def onnx_with_other_inputs(folder):
    from onnx import TensorProto, helper

    graph = helper.make_graph(
        [helper.make_node("Identity", ["z"], ["images"])],
        "generator",
        [helper.make_tensor_value_info("z", TensorProto.FLOAT, ["N", 3, 64, 64])],
        [helper.make_tensor_value_info("images", TensorProto.FLOAT, ["N", 3, 64, 64])],
    )
    (folder / "generator.onnx").write_bytes(
        helper.make_model(graph, opset_imports=[helper.make_opsetid("", 21)], ir_version=10).SerializeToString()
    )


# --- names, links and pipes ---


@hostile("deep|cannot be read")
def folders_too_deep(folder):
    for _ in range(100):
        folder = folder / ("d" * 30)
    os.makedirs(folder)


@hostile("more than")
def a_file_of_a_terabyte_of_nothing(folder):
    with (folder / "0.png").open("wb") as file:
        file.truncate(1 << 40)


@hostile("link")
def a_link_in_its_place(folder):
    folder.rmdir()
    folder.symlink_to("/etc")


@hostile("neither a folder nor a plain file")
def a_pipe_in_its_place(folder):
    folder.rmdir()
    os.mkfifo(folder)


# --- nothing at all ---


@hostile("nothing in it")
def empty_folder(folder):
    pass


@hostile("nothing in it")
def homework_that_is_an_essay(folder):
    (folder / "report.pdf").write_bytes(b"%PDF-1.4")
    (folder / "train.py").write_text("import os; os.system('touch touched')")


@hostile("both")
def two_generators(folder):
    (folder / "a.onnx").write_bytes(b"x")
    (folder / "b.onnx").write_bytes(b"x")


# --- damage that libraries have no plain words for ---


def chained(folder, kind, content):
    """A tar of headers that speak of the next one, which is another of them."""
    one = member("x", kind, size=len(content)).tobuf() + content.ljust(512, b"\0")
    (folder / "work.tar").write_bytes(one * 3_000 + member("test/0.png").tobuf() + bytes(1_024))


@hostile("no whole tar archive \\(parts of it lie within each other")
def tar_of_chained_long_names(folder):
    chained(folder, tarfile.GNUTYPE_LONGNAME, b"test/0.png\0")


@hostile("no whole tar archive \\(parts of it lie within each other")
def tar_of_chained_pax_headers(folder):
    chained(folder, tarfile.XHDTYPE, b"19 path=test/0.png\n")


@hostile("no whole tar archive \\(its compressed data is damaged")
def tar_of_lzma_garbage(folder):
    (folder / "work.tar.xz").write_bytes(b"\xfd7zXZ\0" + np.random.default_rng(0).bytes(5_000))


def zip_with(folder, data, name=b"manifest.json", method=zipfile.ZIP_LZMA, file="work.zip"):
    """A zip of one entry whose compressed data is as given."""
    header = struct.pack("<5H3I2H", 63, 0, method, 0, 0, 0, len(data), 12_288, len(name), 0)
    local = b"PK\x03\x04" + header + name + data
    central = b"PK\x01\x02" + struct.pack("<H", 63) + header + struct.pack("<3H2I", 0, 0, 0, 0, 0) + name
    end = b"PK\x05\x06" + struct.pack("<4H2IH", 0, 0, 1, 1, len(central), len(local), 0)
    (folder / file).write_bytes(local + central + end)


GARBAGE = b"\x09\x04\x05\x00" + b"\xff" * 500  # an LZMA header of impossible settings


@hostile("'manifest.json' cannot be read \\(its compressed data")
def zip_of_lzma_garbage(folder):
    zip_with(folder, GARBAGE)


@hostile("'manifest.json' cannot be read \\((its compressed data|unpacking it takes more memory)")
def zip_of_lzma_with_a_dictionary_of_4_gib(folder):
    zip_with(folder, b"\x09\x04\x05\x00\x5d\xff\xff\xff\xff" + bytes(500))


@hostile("no whole .npz file \\(its compressed data")
def npz_of_lzma_garbage(folder):
    zip_with(folder, GARBAGE, name=b"test.npy", file="work.npz")


def with_zip64_offset(folder, name, offset, file):
    """A zip whose 64-bit field says that an entry begins at the far end of the numbers."""
    local = b"PK\x03\x04" + struct.pack("<5H3I2H", 45, 0, 0, 0, 0, 0, 1, 1, len(name), 0) + name.encode() + b"x"
    extra = struct.pack("<2HQ", 1, 8, offset)
    numbers = (45, 45, 0, 0, 0, 0, 0, 1, 1, len(name), len(extra), 0, 0, 0, 0, 2**32 - 1)
    central = b"PK\x01\x02" + struct.pack("<6H3I5H2I", *numbers) + name.encode() + extra
    end = b"PK\x05\x06" + struct.pack("<4H2IH", 0, 0, 1, 1, len(central), len(local), 0)
    (folder / file).write_bytes(local + central + end)


@hostile("'manifest.json' lies past the end")
def zip64_offset_past_all_numbers(folder):
    with_zip64_offset(folder, "manifest.json", 2**64 - 1, "work.zip")


@hostile("'manifest.json' lies past the end")
def zip64_offset_past_the_end(folder):
    with_zip64_offset(folder, "manifest.json", 2**62, "work.zip")


@hostile("no whole .npz file \\(a size or a place in it is impossible")
def npz_with_a_zip64_offset_past_all_numbers(folder):
    with_zip64_offset(folder, "test.npy", 2**64 - 1, "work.npz")


def unusual(folder, make):
    state = weights()
    name = first(state)
    with_pickle(folder, state | {name: make(state[name])})


@hostile("a list of tensors of different sizes; save plain")
def weights_of_nested_tensors(folder):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        unusual(folder, lambda tensor: torch.nested.nested_tensor([tensor[0], tensor[0, :1]]))


@hostile("save plain real numbers|more than tensors")
def weights_of_ragged_tensors(folder):
    rows = [torch.zeros(2, 3), torch.zeros(4, 3)]
    unusual(folder, lambda _: torch.nested.nested_tensor(rows, layout=torch.jagged))


@hostile("save plain real numbers|more than tensors")
def weights_of_sparse_tensors(folder):
    unusual(folder, lambda tensor: tensor.to_sparse())


@hostile("save plain real numbers|more than tensors")
def weights_of_compressed_rows(folder):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        unusual(folder, lambda tensor: tensor.flatten(1).to_sparse_csr())


@hostile("save plain real numbers|more than tensors|no readable weights")
def weights_of_bits(folder):
    unusual(folder, lambda tensor: torch.zeros(tensor.shape, dtype=torch.uint8).view(torch.bits8))


@hostile("save plain real numbers|more than tensors|no readable weights")
def weights_of_four_bits(folder):
    unusual(folder, lambda tensor: torch.zeros(tensor.shape, dtype=torch.uint8).view(torch.float4_e2m1fn_x2))


# --- numbers of a graph in other files, tensors in odd places ---


def with_numbers_outside(folder, entries, count=1, size=4_000):
    """A graph of tensors of 100 numbers whose references have the given entries, next to a file of zeros."""
    from onnx import TensorProto, helper

    tensors = []
    for number in range(count):
        tensor = TensorProto(name=f"t{number}", data_type=TensorProto.FLOAT, dims=[size // 4])
        tensor.data_location = TensorProto.EXTERNAL
        for key, value in entries.items():
            tensor.external_data.add(key=key, value=value)
        tensors.append(tensor)
    node = helper.make_node("Add", ["latent", "t0"], ["images"])
    with_graph(folder, [node], tensors)
    with (folder / "generator.onnx.data").open("wb") as file:
        file.truncate(size)


@hostile("keeps numbers in another file, '\\*/_ORT_MEM_ADDR_/\\*', which was not handed in")
def onnx_with_numbers_at_an_address_in_memory(folder):
    with_numbers_outside(
        folder, {"location": "*/_ORT_MEM_ADDR_/*", "offset": "94000000000000", "length": "400"}, size=400
    )


@hostile("refers to more than 536,870,912 bytes in other files|used more processor time")  # the latter if it is slow
def onnx_that_takes_one_file_a_hundred_times(folder):
    with_numbers_outside(folder, {"location": "generator.onnx.data"}, count=100, size=64 << 20)


@hostile("needs bytes 100 to")
def onnx_with_numbers_past_the_end_of_their_file(folder):
    with_numbers_outside(folder, {"location": "generator.onnx.data", "offset": "100", "length": "99999999999"})


@hostile("link or a device")
def onnx_with_a_link_for_its_numbers(folder):
    with_numbers_outside(folder, {"location": "generator.onnx.data"})
    (folder / "generator.onnx.data").unlink()
    (folder / "generator.onnx.data").symlink_to("/etc/passwd")


@hostile("nothing in it can be graded")
def numbers_without_their_graph(folder):
    (folder / "generator.onnx.data").write_bytes(bytes(400))


@hostile("holds more than 100,000 names")
def pickle_of_dictionaries_that_hold_each_other(folder):
    loop = {str(number): None for number in range(50)}
    loop |= dict.fromkeys(loop, loop)
    with_pickle(folder, loop)


@hostile("no readable weights file")
def pickle_nested_100_000_deep(folder):
    with_config(folder)
    (folder / "weights.pt").write_bytes(b"\x80\x02" + b"]" * 100_000 + b"a" * 99_999 + b".")


@hostile("leads outside")
def zip_with_a_shift_jis_name_that_climbs_out(folder):
    zip_with(folder, b"x", name="表\\..\\..\\touched".encode("cp932"), method=zipfile.ZIP_STORED)


# --- processes that a submission has taken over ---

TAKEN_OVER = {
    "tries_all_attempts": ("rejected", "tried; worked:$"),
    "try_everything": ("rejected", "worked:$"),
    "tries_everything_beside_a_thread": ("rejected", "worked:$"),
    "signals_later": ("failed", "PermissionError"),
    "signals_later_past_the_filter": ("graded", ""),  # the signal does not arrive; white images do
    "spoils_the_handle": ("graded", ""),
    "claims_all_walls": ("graded", ""),
    "dies_by_a_real_time_signal": ("failed", "ended by signal 40"),
    "crashes": ("failed", "ended by SIGABRT"),
    "ends_with_255": ("failed", "ended with 255"),
    "is_ready_with_nothing": ("failed", "damaged answer"),
    "says_nothing": ("failed", "gave no answer"),
    "lies": ("failed", "damaged answer"),
    "has_no_room": ("failed", "could not be written"),
}  # a function of stand_in.py -> status, and a pattern of the reason


# --- archives within archives, and two files for one place ---


def packed(entries, method=zipfile.ZIP_DEFLATED):
    """A zip as bytes."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", method) as archive:
        for name, content in entries:
            archive.writestr(name, content)
    return buffer.getvalue()


def nested(folder, content, name="inner.zip"):
    zipped(folder, [(name, content)])


@hostile("'inner.zip': unpacked it has more than")
def zip_within_zip_bomb(folder):
    nested(folder, zip_of_zeros("test/0.png", BOMB))


@hostile("'inner.tar.xz': unpacked it has more than")
def tar_bomb_within_zip(folder):
    nested(folder, tar_of_zeros("test/0.png", BOMB, lzma.compress), "inner.tar.xz")


@hostile("'inner.zip' is an archive within it, which is not opened")
def zip_within_zip_a_hundred_times(folder):
    content = packed([("test/0.png", png())])
    for _ in range(100):
        content = packed([("inner.zip", content)])
    nested(folder, content)


@hostile("it holds 200 archives")
def zip_of_two_hundred_bombs(folder):
    bomb = packed([("test/0.png", bytes(4 << 20))])
    zipped(folder, [(f"{number}.zip", bomb) for number in range(200)])


@hostile("nothing in it can be graded")
def eight_zips_that_are_large_together(folder):
    half = zip_of_zeros("large.txt", BOMB // 2)
    zipped(folder, [(f"{number}.zip", half) for number in range(8)])


@hostile("more than 5,000 files")
def zips_of_many_files_together(folder):
    for name in "ab":
        (folder / f"{name}.zip").write_bytes(packed([(f"{number}.txt", b"") for number in range(3_000)]))


@hostile("'inner.zip': the name '../touched' leads outside")
def zip_within_zip_that_climbs_out(folder):
    nested(folder, packed([("../touched", b"x")]))


@hostile("'inner.tar': 'test/0.png' is a link")
def link_within_tar_within_zip(folder):
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as archive:
        archive.addfile(member("test/0.png", tarfile.SYMTYPE, "/etc/passwd"))
    nested(folder, buffer.getvalue(), "inner.tar")


@hostile("'inner.zip': it is no whole zip archive")
def damaged_zip_within_zip(folder):
    nested(folder, packed([("test/0.png", png())])[:-30])


@hostile("'inner.zip': 'test/0.png' is encrypted")
def encrypted_zip_within_zip(folder):
    content = bytearray(packed([("test/0.png", png())]))
    for signature, place in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        content[content.index(signature) + place] |= 1
    nested(folder, bytes(content))


@hostile("'inner.zip': .*'test/0.png' is in it twice")
def zip_within_zip_with_a_name_twice(folder):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        nested(folder, packed([("test/0.png", png()), ("test/0.png", png())]))


@hostile("have the same name but for the ending")
def archives_that_become_one_folder(folder):
    (folder / "a.zip").write_bytes(packed([("test/0.png", png())]))
    with tarfile.open(folder / "a.tar", "w") as archive:
        archive.addfile(member("test/0.png"), io.BytesIO())


@hostile("'0.png' and '00.png' are both image 0 of all lists together")
def two_files_of_one_number(folder):
    for number in range(64):
        (folder / f"{number}.png").write_bytes(png((number, 90, 60)))
    (folder / "00.png").write_bytes(png())


@hostile("'a/test.npy' and 'b/test.npy' are both array test")
def two_arrays_of_one_list(folder):
    for name in "ab":
        (folder / name).mkdir()
        np.save(folder / name / "test.npy", np.zeros((32, 3, 64, 64), dtype=np.uint8))
