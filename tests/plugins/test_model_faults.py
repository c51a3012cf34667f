"""Models of other packages that are declared or made wrongly: one line before any work."""

import pytest
import torch
from builders.plugins import plugin_file, toys  # noqa: F401 - fixtures

from benchmark.cli import main
from benchmark.definitions.lookup import find_task
from benchmark.definitions.model_settings import find_model, model_config
from benchmark.errors import UsageError
from benchmark.plugins.faults import faults_of
from benchmark.plugins.models import try_model
from benchmark.training.loop import losses_of
from reference_models import MODELS

MODEL = """
from dataclasses import dataclass, replace

from cgan_bench_toys.gans import Config, ToyGAN
from cgan_bench_toys.gans import Discriminator, Generator


class Raises(ToyGAN):
    def __init__(self, config):
        {}["weights"]


class Fixed(ToyGAN):
    def __init__(self, config):
        super().__init__(replace(config, image_size=16))


class Drawing(ToyGAN):
    def encode(self, condition):
        raise RuntimeError("mat1 and mat2")


class Good(ToyGAN):
    pass


class Losing(ToyGAN):
    def generator_loss(self, real, fake, condition):
        return {"adversarial": fake.mean().no_such_method()}


class Vector(ToyGAN):
    def discriminator_loss(self, real, fake, condition):
        return {"adversarial": fake.flatten(1).mean(1)}


class Single(ToyGAN):
    def discriminator_loss(self, real, fake, condition):
        return fake.mean()


class Detached(ToyGAN):
    def generator_loss(self, real, fake, condition):
        return {"adversarial": fake.mean().detach()}


class Endless(ToyGAN):
    def cycle(self):
        return ("discriminator",)


class Referee(ToyGAN):
    def cycle(self):
        return ("generator", "referee")


class Lone(ToyGAN):
    def optimizers(self):
        return {"generator": super().optimizers()["generator"]}


class Clipping(ToyGAN):
    def after_discriminator_update(self):
        self.discriminator.nothing.clamp_(-1, 1)


class Frozen(ToyGAN):
    def __init__(self, config):
        super().__init__(config)
        self.generator.requires_grad_(False)


class Whole(ToyGAN):
    def __init__(self, config):
        super().__init__(config)
        self.generator.register_forward_hook(lambda module, given, images: images.long())


@dataclass(frozen=True, kw_only=True)
class Picky(Config):
    def __post_init__(self):
        raise ArithmeticError("no size suits")


class Unmade(ToyGAN):
    Config = Picky


class Contradicting(ToyGAN):
    @classmethod
    def contradiction(cls, config):
        return {}["reason"]


class Thin(ToyGAN):
    variants = {"thin": {"scale": "thin"}}


class Dictionary(ToyGAN):
    Config = dict


@dataclass(frozen=True, kw_only=True)
class Own(Config):
    depth: int


class Undecided(ToyGAN):
    Config = Own


class Unknown(ToyGAN):
    variants = {"small": {"nosuch": 1}}


class Letters(ToyGAN):
    variants = {"a:b": {"scale": 1.0}}


class Path(ToyGAN):
    name = "my gan/../x"


class Colon(ToyGAN):
    name = "a:b"


class Idle(ToyGAN):
    unused = ("betas", "nosuch")


class Word(ToyGAN):
    unused = "betas"


class Beyond(ToyGAN):
    beyond_reports = {"tiny": "own idea"}


class Costly(ToyGAN):
    variant_budgets = {"small": 5}
"""


@pytest.fixture
def mine(plugin_file, toys):  # noqa: F811
    plugin_file("my_models", MODEL)
    return "my_models:{}".format


@pytest.mark.parametrize(
    ("name", "words"),
    [
        (
            "Raises",
            "my_models:Raises, tried for images of 64 pixels, fails at line 10 of my_models.py: KeyError: ",
        ),
        ("Fixed", "my_models:Fixed draws shape (2, 3, 16, 16); give (2, 3, 64, 64), of config.image_size pixels"),
        ("Drawing", "my_models:Drawing, tried for images of 64 pixels, fails at line 20 of my_models.py: RuntimeError"),
        ("Losing", "tried for images of 64 pixels, fails at line 29 of my_models.py: AttributeError"),
        ("Vector", "discriminator_turn of model my_models:Vector gives shape (2,) as 'adversarial'; give a scalar"),
        ("Single", "discriminator_turn of model my_models:Single gives Tensor; give a dict of losses by name"),
        (
            "Detached",
            "generator_turn of model my_models:Detached gives shape () as 'adversarial'; give a scalar tensor",
        ),
        (
            "Endless",
            "has the cycle ('discriminator',); give turns of discriminator and generator, the generator's at least",
        ),
        ("Referee", "has the cycle ('generator', 'referee'); give turns of"),
        ("Lone", "give a dict with one for each of ('discriminator', 'generator')"),
        ("Clipping", "AttributeError: 'Discriminator' object has no attribute 'nothing'; fix the plug-in"),
        ("Frozen", "generator_turn of model my_models:Frozen gives shape () as 'fake'; give a scalar tensor"),
        ("Whole", "model my_models:Whole draws torch.int64; give floating point numbers in [-1, 1]"),
        ("Unmade", "my_models:Unmade, its settings for anime-faces, fails at line 82 of my_models.py: ArithmeticError"),
        ("Contradicting", "its settings for anime-faces, fails at line 92 of my_models.py: KeyError: 'reason'"),
        ("Thin", "variant 'thin' of model my_models:Thin: settings of toy_gan: scale"),
        ("Dictionary", "declares Config = <class 'dict'>; give a dataclass of reference_models.base.ModelConfig"),
        ("Undecided", "give a dataclass of reference_models.base.ModelConfig whose own settings have defaults"),
        ("Unknown", "its variant 'small' sets 'nosuch'; its Config has: latent_dim, n_critic"),
        ("Letters", "declares variants = {'a:b': {'scale': 1.0}}; give settings by the variant's name"),
        ("Path", "declares name = 'my gan/../x'; give a name of 1 to 100 letters, digits"),
        ("Colon", "declares name = 'a:b'; give a name of 1 to 100 letters, digits"),
        ("Idle", "unused names 'nosuch'; its Config has: conditions, image_size, "),
        ("Word", "declares unused = 'betas'; give a tuple of settings, such as ('betas',)"),
        ("Beyond", "beyond_reports names 'tiny'; its variants are: small"),
        ("Costly", "declares variant_budgets = {'small': 5}; give a Cycles, Epochs or Updates by the variant's name"),
    ],
)
def test_a_wrong_model_is_one_line_before_any_data_is_rendered(mine, capsys, tmp_path, cache, name, words):
    given = ["--task", "anime-faces", "--model", mine(name), "--out", str(tmp_path / "run")]
    assert main(["train", *given]) == 2
    out, err = capsys.readouterr()
    assert words in err
    assert (out, err.count("\n")) == ("", 1)
    assert not (tmp_path / "run").exists()
    assert not cache.exists()


@pytest.mark.parametrize("task", ["anime-faces", "iclevr", "anime-faces-unconditional"])
def test_a_good_model_passes_and_leaves_the_random_state_alone(mine, task):
    torch.manual_seed(3)
    state = torch.random.get_rng_state()
    config = model_config("cgan_bench_toys.gans:ToyGAN:small", find_task(task))
    assert (config.scale, config.image_size) == (0.5, 64)
    assert torch.equal(torch.random.get_rng_state(), state)


def test_a_model_too_heavy_for_a_trial_is_not_given_memory(mine):
    config = model_config("cgan_bench_toys.gans:ToyGAN:latent_dim=1000000", find_task("iclevr"))  # 49 GB
    assert config.latent_dim == 1_000_000


@pytest.mark.parametrize("player", ["discriminator", "generator"])
def test_a_loss_that_raises_later_names_the_model_and_the_turn(mine, monkeypatch, player):
    model_class, _ = find_model(mine("Good"))
    model = model_class(model_config(mine("Good"), find_task("anime-faces-unconditional")))
    real, condition = torch.zeros(2, 3, 64, 64), torch.zeros(2, 0)
    assert losses_of(player, model, real, condition)
    monkeypatch.setattr(model_class, f"{player}_loss", lambda *_: {}["later"])
    with pytest.raises(UsageError, match=f"model toy_gan, {player}_turn, fails: KeyError: 'later'; fix the plug-in"):
        losses_of(player, model, real, condition)
    assert all(weight.requires_grad for weight in model.discriminator.parameters())


def test_a_fault_of_a_bundled_model_stays_what_it_is():
    bundled, _ = find_model("dcgan")
    try_model("dcgan", bundled, None)  # not tried
    with pytest.raises(KeyError), faults_of("model dcgan", MODELS["dcgan"]):
        raise KeyError("ours")
    with pytest.raises(UsageError, match="model x fails: KeyError: 'theirs'"), faults_of("model x", object):
        raise KeyError("theirs")
