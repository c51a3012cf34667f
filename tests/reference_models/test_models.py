"""The contract of every bundled model; a model added to MODELS is covered at once."""

import dataclasses
import inspect
import re
import sys
from copy import deepcopy
from functools import cache

import pytest
import torch
from builders.runs import narrow
from layers_of import CASES, made, name_and_kind

from benchmark.definitions.model_settings import check_ranges, find_model, from_json, model_config
from benchmark.errors import UsageError
from benchmark.system.machine import this_machine
from benchmark.tasks import TASKS
from benchmark.training import checkpoint
from benchmark.training.loop import TrainState, take_turn
from reference_models import MODELS
from reference_models.base import ConditionSpace, one_hot

N = 6
MACHINE = this_machine("cpu", "float32")
CONDITIONAL = [case for case in CASES if case[1] != "none"]


def conditions(space, n=N):
    if space.kind == "multi_label":
        return torch.eye(space.sizes[0], dtype=torch.uint8)[:n]
    if space.kind == "none":
        return torch.zeros(n, 0, dtype=torch.uint8)
    rows = [[i % space.sizes[0], (3 * i + 1) % space.sizes[1]] for i in range(n)]  # of six images none has gray eyes
    return torch.tensor(rows, dtype=torch.uint8)


BY_POSITION = {"gradient_penalty", "wrong_condition", "mismatch"}  # a lot, or the next image, decides there


def bound_of(name):
    """Of a critic's weights, or 0."""
    model_class, settings = find_model(name)
    return settings.get("clip", getattr(model_class.Config, "clip", 0))


@cache
def first_made(name, kind):
    """A narrow model that no test changes, and the state of the random generator after it."""
    return made(name, kind, **narrow(name)), torch.get_rng_state()  # test_report_*.py have the widths


@pytest.fixture(params=CASES, ids=name_and_kind)
def model(request):
    first, state = first_made(*request.param)
    torch.set_rng_state(state)
    return deepcopy(first)


@pytest.fixture
def condition(model):
    return model.encode(conditions(model.config.conditions))


@pytest.fixture
def real():
    return torch.rand(N, 3, 64, 64) * 2 - 1


@pytest.fixture
def inputs(model, real):
    """What the generator takes next to the condition."""
    return real.flip(0) if model.translates else torch.randn(N, model.config.latent_dim)


@pytest.fixture
def fake(model, inputs, condition):
    return model.generator(inputs, condition)


SOURCE_LINES = "the file's docstring needs 'Source:', with a report or arXiv address, and 'Differs from the source:'"


def unreached(module):
    """Parameters without a gradient; a bias's may be 0, since a norm after it or a difference of scores cancels it."""
    parameters = dict(module.named_parameters())
    return [n for n, p in parameters.items() if p.grad is None or (n.endswith("weight") and not p.grad.any())]


def test_registry_key_is_the_models_name():
    assert {name: model.name for name, model in MODELS.items()} == {name: name for name in MODELS}


@pytest.mark.parametrize("model", MODELS.values(), ids=MODELS)
def test_every_model_says_where_it_comes_from_and_in_what_it_differs(model):
    words = sys.modules[model.__module__].__doc__
    assert re.match(r"R[1-5]\b|.*https://arxiv.org/abs/\d{4}\.\d{4,5}", model.source), "a report, or an arXiv address"
    assert re.search(r"^Source:(.|\n(?!\n))*?(report R[1-5]|https://arxiv.org/abs/)", words, re.MULTILINE), SOURCE_LINES
    assert re.search(r"^Differs from the source:\s\w", words, re.MULTILINE), SOURCE_LINES
    assert model.beyond_reports.keys() <= model.variants.keys()
    assert model.variant_budgets.keys() <= model.variants.keys()


def test_every_model_of_a_task_can_be_configured_for_its_data():
    for task in TASKS.values():
        for name in task.models:
            assert model_config(name, task).image_size == 64


def test_generator_gives_images_in_range(fake):
    assert fake.shape == (N, 3, 64, 64)
    assert fake.abs().max() <= 1


def test_generator_uses_its_input(model, inputs, condition):
    model.eval()
    images = model.generator(inputs, condition)
    assert not torch.allclose(images, model.generator(inputs.flip(0), condition))


@pytest.mark.parametrize("model", CONDITIONAL, indirect=True, ids=name_and_kind)
def test_generator_uses_the_condition(model, inputs, condition):
    model.eval()
    images = model.generator(inputs, condition)
    assert not torch.allclose(images, model.generator(inputs, condition.flip(0)))


@pytest.mark.parametrize("player", ["discriminator", "generator"])
@pytest.mark.parametrize("model", CONDITIONAL, indirect=True, ids=name_and_kind)
def test_a_permuted_condition_changes_each_players_loss(model, player, real, fake, condition):
    def losses(c):
        torch.manual_seed(1)
        return torch.stack(list(getattr(model, f"{player}_loss")(real, fake.detach(), c).values())).sum()

    model.eval()
    assert not torch.allclose(losses(condition), losses(condition.roll(1, dims=0)), rtol=1e-7, atol=0)


@pytest.mark.parametrize("player", ["discriminator", "generator"])
@pytest.mark.parametrize("model", CONDITIONAL, indirect=True, ids=name_and_kind)
def test_each_image_is_judged_with_its_own_condition(model, player, real, fake, condition):
    """Images and conditions moved alike leave the losses as they are: none is judged with its neighbour's."""

    model.double().eval()
    real, fake = real.double(), fake.detach().double()
    condition = condition.double() if condition.is_floating_point() else condition
    if hasattr(model, "augment"):  # which images are flipped goes by their position
        model.augment = lambda images: images

    def losses(order):
        terms = getattr(model, f"{player}_loss")(real[order], fake[order], condition[order])
        return {name: term.item() for name, term in terms.items() if name not in BY_POSITION}

    assert losses(torch.arange(N)) == pytest.approx(losses(torch.tensor([3, 0, 5, 1, 2, 4])), rel=1e-12)


def test_discriminator_loss_reaches_every_discriminator_parameter(model, real, fake, condition):
    sum(model.discriminator_loss(real, fake.detach(), condition).values()).backward()
    assert unreached(model.discriminator) == []


def test_generator_loss_reaches_every_generator_parameter(model, real, fake, condition):
    sum(model.generator_loss(real, fake, condition).values()).backward()
    assert unreached(model.generator) == []


def test_losses_are_finite_scalars(model, real, fake, condition):
    terms = model.discriminator_loss(real, fake.detach(), condition) | model.generator_loss(real, fake, condition)
    assert all(term.shape == () and term.isfinite() for term in terms.values())


def test_a_turn_draws_once_and_shows_the_losses_what_was_drawn_for_which_condition(model, real, condition, monkeypatch):
    """A translating model also goes the way back in its own turn; it has other conditions to draw for."""
    drawn, shown = [], []

    def remembering(method):
        def loss(*arguments):
            shown.append(arguments)
            return method(*arguments)

        return loss

    for name in ("discriminator_loss", "generator_loss"):
        monkeypatch.setattr(model, name, remembering(getattr(model, name)))
    model.generator.register_forward_hook(lambda _module, given, images: drawn.append((given[1], images)))
    model.discriminator_turn(real, condition)
    model.generator_turn(real, condition)
    assert len(drawn) == 2 + model.translates
    for (_, images), (of_data, generated, _) in zip(drawn, shown, strict=False):
        assert torch.equal(of_data, real)
        assert torch.equal(generated, images)
    assert torch.equal(shown[0][2], condition)
    assert torch.equal(shown[1][2], drawn[1][0])
    assert model.translates or torch.equal(drawn[0][0], condition)
    assert not shown[0][1].requires_grad
    assert shown[1][1].requires_grad


@pytest.mark.parametrize("model", [case for case in CASES if bound_of(case[0])], indirect=True, ids=name_and_kind)
def test_clipped_critics_stay_within_their_bound_after_an_update(model, real):
    state = TrainState.start(model)
    largest = max(p.abs().max() for p in model.discriminator.parameters())
    take_turn(state, "discriminator", real, conditions(model.config.conditions), MACHINE)
    after = max(p.abs().max() for p in model.discriminator.parameters())
    assert largest > model.config.clip
    assert after <= model.config.clip


def every(space):
    """Each class alone, or each combination of the attributes' values."""
    if space.kind == "multi_label":
        return torch.eye(space.sizes[0], dtype=torch.uint8)
    return torch.cartesian_prod(*(torch.arange(size, dtype=torch.uint8) for size in space.sizes))


@pytest.mark.parametrize("model", CONDITIONAL, indirect=True, ids=name_and_kind)
def test_a_condition_is_encoded_if_it_is_accepted_and_refused_if_not(model):
    """Each encoding stands for equally many conditions: StarGAN's for all eye colours, others' for one."""
    rows = every(model.config.conditions)
    accepted = model.accepts(model.config, rows)
    assert (accepted.dtype, accepted.shape) == (torch.bool, (len(rows),))
    assert accepted.any()
    _, counts = model.encode(rows[accepted]).unique(dim=0, return_counts=True)
    assert counts.unique().tolist() == [11 if model.translates and rows.shape[1] == 2 else 1]
    for row in rows[~accepted]:
        with pytest.raises(ValueError, match="leave them out"):
            model.encode(torch.stack([rows[accepted][0], row]))


@pytest.mark.parametrize("player", ["discriminator", "generator"])
def test_a_turn_moves_the_players_own_weights_and_no_others(model, player, real):
    state = TrainState.start(model)
    before = {name: p.clone() for name, p in model.named_parameters()}
    for _ in range(2):  # some losses reach a weight only after the other player's first step
        take_turn(state, player, real, conditions(model.config.conditions), MACHINE)
    moved = {name.partition(".")[0] for name, p in model.named_parameters() if not torch.equal(p, before[name])}
    assert moved == {player}


@pytest.mark.parametrize("model", [case for case in CASES if ":" not in case[0]], indirect=True, ids=name_and_kind)
def test_the_generators_loss_falls_where_the_discriminator_sees_real_images(model, real, fake, condition):
    """A loss with the wrong sign would help the other player."""
    optimizer, fake, margins = model.optimizers()["discriminator"], fake.detach(), []
    for _ in range(6):
        optimizer.zero_grad()
        sum(model.discriminator_loss(real, fake, condition).values()).backward()
        optimizer.step()
        model.after_discriminator_update()
        with torch.no_grad():
            on_fake, on_real = (sum(model.generator_loss(real, x, condition).values()) for x in (fake, real))
        margins.append(float(on_fake - on_real))
    assert margins[-1] > margins[0]  # not of the first weights, which a clipped critic loses


@pytest.mark.parametrize(("player", "other"), [("discriminator", "generator"), ("generator", "discriminator")])
def test_a_turn_gives_the_other_player_no_gradient_and_leaves_it_trainable(model, player, other, real):
    take_turn(TrainState.start(model), player, real, conditions(model.config.conditions), MACHINE)
    assert all(p.requires_grad and p.grad is None for p in getattr(model, other).parameters())
    assert any(p.grad is not None and p.grad.any() for p in getattr(model, player).parameters())


@pytest.mark.parametrize("player", ["discriminator", "generator"])
def test_a_turn_can_be_computed_in_bfloat16(model, player, real):
    state = TrainState.start(model)
    take_turn(state, player, real, conditions(model.config.conditions), this_machine("cpu", "bfloat16"))
    assert all(loss.isfinite() for losses in state.losses for loss in losses.values())
    assert all(p.isfinite().all() for p in model.parameters())


@pytest.mark.parametrize("player", ["discriminator", "generator"])
def test_losses_get_float32_images_and_give_float32_terms_under_bfloat16(model, player, real, condition, monkeypatch):
    given = []
    method = getattr(model, f"{player}_loss")
    monkeypatch.setattr(
        model, f"{player}_loss", lambda *arguments: (given.append(arguments[:2]), method(*arguments))[1]
    )
    with this_machine("cpu", "bfloat16").autocast():
        losses = getattr(model, f"{player}_turn")(real, condition)
    assert {images.dtype for images in given[0]} == {torch.float32}
    assert {loss.dtype for loss in losses.values()} == {torch.float32}


def tensors_in(outputs):
    """The tensors of nested tuples and lists."""
    return [outputs] if isinstance(outputs, torch.Tensor) else [t for part in outputs for t in tensors_in(part)]


def test_scores_are_not_rounded_to_bfloat16(model, real, condition):
    """At bfloat16 every score would be its own nearest bfloat16."""
    with this_machine("cpu", "bfloat16").autocast():
        outputs = model.discriminator(real) if takes_images_only(model) else model.discriminator(real, condition)
    for scores in tensors_in(outputs):
        assert scores.dtype == torch.float32
        assert not torch.equal(scores, scores.bfloat16().float())


def takes_images_only(model):
    """Whether its discriminator is told no condition."""
    return len(inspect.signature(model.discriminator.forward).parameters) == 1


@pytest.mark.parametrize("player", ["discriminator", "generator"])
def test_an_optimizer_survives_a_checkpoint(model, player, real):
    state = TrainState.start(model)
    take_turn(state, player, real, conditions(model.config.conditions), MACHINE)
    saved = checkpoint.pack_optimizer("x", state.optimizers[player])
    fresh = model.optimizers()[player]
    checkpoint.unpack_optimizer("x", fresh, saved)
    again = checkpoint.pack_optimizer("x", fresh)
    assert saved.keys() == again.keys()
    assert all(torch.equal(tensor, again[name]) for name, tensor in saved.items())


def test_cycle_has_the_configured_number_of_turns(model):
    turns = model.cycle()
    assert turns.count("discriminator") == model.config.n_critic
    assert turns.count("generator") == model.config.n_generator


@pytest.mark.parametrize("name", ["n_critic", "n_generator"])
def test_a_models_own_default_keeps_the_bounds_of_all(model, name):
    with pytest.raises(UsageError, match=f"{name} is 1001; it must be from 1 to 1,000"):
        check_ranges(dataclasses.replace(model.config, **{name: 1_001}))


@pytest.mark.parametrize("size", [48, 0, 4])
def test_a_loaded_image_size_that_the_layers_do_not_reach_is_refused(model, size):
    with pytest.raises(UsageError, match=f"image_size is {size}; these layers double from 4"):
        check_ranges(dataclasses.replace(model.config, image_size=size))


def test_settings_survive_json(model):
    import json

    saved = json.loads(json.dumps(dataclasses.asdict(model.config)))
    assert from_json(type(model), saved) == model.config


def test_unknown_settings_are_refused(model):
    saved = dataclasses.asdict(model.config) | {"n_critics": 3}
    with pytest.raises(UsageError, match="n_critics"):
        from_json(type(model), saved)


@pytest.mark.parametrize(
    "setting",
    [
        {"n_critic": 0}, {"batch_size": 0}, {"learning_rate": 0.0},
        {"learning_rate": -1.0}, {"channels": 0}, {"c_dim": -3}, {"channels": 1_000_001}, {"n_generator": 1_001},
    ],
)  # fmt: skip
def test_settings_out_of_range_are_refused(setting):
    ((name, value),) = setting.items()
    with pytest.raises(UsageError, match=rf"{name} is {value}"):
        model_config("cdcgan_iclevr", TASKS["iclevr"], **setting)


@pytest.mark.parametrize(
    ("name", "changed"),
    [
        ("cdcgan_iclevr:c_dim=50", {"c_dim": 50}),
        ("cdcgan_iclevr:four_generator_steps:c_dim=50", {"c_dim": 50, "n_generator": 4}),
        ("cdcgan_iclevr:betas=[0.0,0.9]:batch_size=32", {"betas": (0.0, 0.9), "batch_size": 32}),
        ("wgan_iclevr:clip=0.01", {"clip": 0.01}),
    ],
)
def test_settings_can_be_part_of_the_name(name, changed):
    plain = model_config(name.partition(":")[0], TASKS["iclevr"])
    assert model_config(name, TASKS["iclevr"]) == dataclasses.replace(plain, **changed)


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("cdcgan_iclevr:n_critics=3", "cdcgan_iclevr has no setting 'n_critics'; it has: latent_dim"),
        ("cdcgan_iclevr:n_critic=0", "n_critic is 0; it must be from 1 to 1,000"),
        ("cdcgan_iclevr:n_critic=two", "n_critic: got 'two'; .*valid integer"),
        ("cdcgan_iclevr:n_critic=", "n_critic: got ''; .*valid integer"),
        ("cdcgan_iclevr:learning_rate=NaN", "learning_rate is nan; it must be a number from 0 to 1,000,000"),
        ("cdcgan_iclevr:betas=[0.5,1.0]", "betas are .*not including 1"),
        ("wgan_iclevr:betas=[0.5,0.9]", "wgan_iclevr has no setting 'betas'"),  # RMSprop has none
        ("wgan_iclevr:rmsprop_decay=1", "rmsprop_decay is 1.0; it must be from 0 up to but not including 1"),
        (
            "wgan_iclevr:gradient_penalty=10",
            "gradient_penalty is 10.0, but this critic has batch norm",
        ),
        ("cdcgan_iclevr:n_critic=true", "n_critic is a number, got True"),
        ("modern_cgan:max_shift=64", "max_shift is 64; it must be from 0 to 63"),
        ("cdcgan_iclevr:conditions=1", "cdcgan_iclevr has no setting 'conditions'"),
        ("cdcgan_iclevr:learning_rate=1e39", r"learning_rate is 1e\+39; it must be a number from 0 to 1,000,000"),
        ("cdcgan_iclevr:c_dim_100:c_dim_400", "sets c_dim twice, by variants that do not go together"),
        ("cdcgan_iclevr:c_dim=50:c_dim=60", "gives c_dim twice; give it once"),
        ("cdcgan_iclevr:c_dim_100:c_dim_100", "gives c_dim_100 twice; give it once"),
        ("cwgan_gp_tags:clip_ratio_1:clip_ratio_0_2", "sets n_generator twice, by variants that do not go together"),
        ("cwgan_gp_tags:clip_ratio_1:ratio_0_2", "sets n_generator twice, by variants that do not go together"),
        ("cdcgan_iclevr:c_dim=" + 5_000 * "[", "c_dim: .*valid integer"),
        ("cdcgan_iclevr:betas=0.5,0.9", r"betas: .*valid tuple, such as \[0.5,0.99\]"),
        ("acgan_iclevr:foo", "no variant of acgan_iclevr is called 'foo'. It has: none"),
        ("modern_cgan:max_shift=-1", "max_shift is -1; it must be from 0 to 63"),
        ("cdcgan_iclevr:", "no variant of cdcgan_iclevr is called ''"),
        ("cdcgan_iclevr:c_dim_100:", "no variant of cdcgan_iclevr is called ''"),
    ],
)
def test_a_wrong_setting_in_the_name_is_refused(name, words):
    with pytest.raises(UsageError, match=words):
        model_config(name, TASKS["iclevr"])


@pytest.mark.parametrize(
    ("name", "task", "words"),
    [
        ("acgan_hair_eyes:last_stride=1000", "anime-faces", "last_stride is 1000; it must be from 1 to 63"),
        ("stargan:latent_dim=5", "anime-transfer", "stargan has no setting 'latent_dim'"),  # it takes images
        ("wgan:gradient_penalty=10", "anime-faces-unconditional", "wgan:gradient_penalty=10: .* critic has batch norm"),
        ("cwgan_gp_tags:rmsprop_decay=0.5", "anime-faces", "rmsprop_decay does nothing in"),  # Adam has none
        ("cwgan_gp_tags:clip:betas=[0.5,0.9]", "anime-faces", "betas does nothing in"),  # nor RMSprop these
        ("dcgan", "anime-faces", "takes conditions of kind none, but anime-faces has attributes"),
        ("cdcgan_pairs", "anime-faces-unconditional", "attributes, but anime-faces-unconditional has none"),
        ("stargan", "anime-faces", "redraws given images, but a model of anime-faces draws new images"),
        ("cdcgan_pairs:image_size=32", "anime-faces", "cdcgan_pairs has no setting 'image_size'"),
        ("modern_cgan:batch_size=1", "anime-faces", "batch_size is 1; .* needs 2 or more, to exchange conditions"),
        ("stargan:batch_size=1", "anime-transfer", "batch_size is 1; .* needs 2 or more, to exchange conditions"),
        ("mlp_gan:all_tips:widths=[8]", "anime-faces-unconditional", "widths does nothing in mlp_gan:all_tips:wid"),
        ("mlp_gan:all_tips:normalise=false", "anime-faces-unconditional", "normalise does nothing in mlp_gan"),
        ("mlp_gan:channels=8", "anime-faces-unconditional", "channels does nothing in mlp_gan:channels=8; leave it"),
        ("mlp_gan:sgd_learning_rate=0.1", "anime-faces-unconditional", "sgd_learning_rate does nothing"),
        ("mlp_gan:sgd:learning_rate=0.1", "anime-faces-unconditional", "learning_rate does nothing in mlp_gan:sgd"),
        ("mlp_gan:sgd:all_tips", "anime-faces-unconditional", "has variants that do not go together .normalise"),
        ("mlp_gan:widths=5", "anime-faces-unconditional", r"widths: .*valid tuple, such as \[128,256,256,256\]"),
        ("mlp_gan:sgd:betas=[0,0.9]", "anime-faces-unconditional", "betas does nothing in mlp_gan:sgd"),
        ("mlp_gan:sgd_raw:adam_raw", "anime-faces-unconditional", "sets .* twice, by variants that do not go together"),
        ("cwgan_gp_tags:clip:clip=1e300", "anime-faces", r"clip is 1e\+300; it must be a number from 0 to 1,000,000"),
        ("cdcgan_pairs", "anime-transfer", "draws new images, but a model of anime-transfer redraws given images"),
    ],
)
def test_a_model_that_cannot_do_the_task_or_its_settings_is_refused(name, task, words):
    with pytest.raises(UsageError, match=words):
        model_config(name, TASKS[task])


def test_a_condition_of_the_wrong_kind_is_refused():
    with pytest.raises(UsageError, match=r"takes conditions of kind multi_label.*anime-faces has attributes"):
        model_config("cdcgan_iclevr", TASKS["anime-faces"])


def test_one_hot_joins_the_attributes():
    space = ConditionSpace(kind="attributes", sizes=(3, 2))
    assert one_hot(torch.tensor([[2, 0], [0, 1]]), space).tolist() == [[0, 0, 1, 1, 0], [1, 0, 0, 0, 1]]
