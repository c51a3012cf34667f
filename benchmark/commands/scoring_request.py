"""A request for scores; checked without torch, before anything is loaded."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from benchmark.errors import UsageError
from benchmark.training.run_folder import CONFIG, is_run

DEFAULT_LATENT_DIM = 100
LONGEST_NAME = 100  # letters, as records take them


@dataclass(frozen=True, kw_only=True)
class ScoringRequest:
    """A run, images or a generator, with the tools to score it."""

    what: Path | None = None  # a run folder, or images; see external_samples.read_drawn
    update: int | None = None  # of a run, at which it is scored; None: at its end
    generator: str | None = None  # instead of it: package.module:make, or an entry point
    latent_dim: int | None = None  # of the generator
    task: str | None = None  # of images or of a generator
    name: str | None = None  # of these in tables
    card: Path | None = None  # of these: how they were trained
    evaluators: tuple[str, ...] = ()  # of other packages
    data: str | None = None
    judge: Path | None = None
    detector: str = "bundled"
    inception: str | None = None
    device: str = "auto"

    @property
    def trained(self) -> bool:
        """True for a run."""
        return self.what is not None and is_run(self.what)

    @property
    def shown_name(self) -> str:
        """The name in tables of what is no run."""
        return self.name or self.generator or self.what.stem

    @property
    def latents(self) -> int:
        """Numbers of each latent of a generator."""
        return DEFAULT_LATENT_DIM if self.latent_dim is None else self.latent_dim

    def check(self) -> None:
        """Raise UsageError where nothing is given, or things that do not go together."""
        if (self.what is None) == (self.generator is None):
            raise UsageError("give one thing to score: a run folder, images, or --generator package.module:make")
        if self.generator is None and self.latent_dim is not None:
            raise UsageError(f"--latent-dim is {self.latent_dim}, but {self.what} is no --generator; leave it out")
        if self.trained and (self.task or self.name or self.card):
            raise UsageError(
                f"{self.what} is a run, which has a task and a name of its own; leave out --task, --name and --card"
            )
        if not self.trained and self.update is not None:
            raise UsageError(f"--update is {self.update}, but only a run has snapshots; leave it out")
        if not self.trained and (letters := len(self.shown_name)) > LONGEST_NAME:
            raise UsageError(f"the row's name has {letters} letters; give --name with {LONGEST_NAME} at most")
        if not self.trained and not self.task:
            found = f"{self.what} holds no run (no {CONFIG}); give a run folder, or images"
            raise UsageError(f"{found if self.what else 'give --generator'} with --task")
