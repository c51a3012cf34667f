"""Gray images, ranked by how bright they are."""

from dataclasses import replace

from benchmark.tasks import Task
from cgan_bench_toys.scores import Brightness

SHADES = Task(
    name="shades",
    dataset="cgan_bench_toys.data:GRAYS",
    models=("cgan_bench_toys.gans:ToyGAN",),
    condition_kind="attributes",
    main_score="brightness",
    headline=("brightness",),
    own_evaluators={"brightness": Brightness},
    shown=(),
)

BY_ENTRY_POINTS = replace(SHADES, dataset="gray-images")  # which only an installed package has
