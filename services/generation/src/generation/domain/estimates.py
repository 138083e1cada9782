"""How long a picture will take, by what pictures like it took."""

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

RECENT = 20  # tasks that an estimate is the median of

SKETCH_SECONDS_PER_MEGAPIXEL = 0.6  # mean of its eight styles on one core of a 2-core machine; steps hardly matter
COMFYUI_SECONDS_PER_MEGAPIXEL_STEP = 0.4  # one picture of 1024x1024 in 25 steps in about ten seconds


@dataclass(frozen=True)
class Kind:
    """What the time of a picture depends on; sides in pixels."""

    model: str
    width: int
    height: int
    steps: int

    @property
    def work(self) -> int:
        """What a diffusion model's time grows with."""
        return self.width * self.height * self.steps


@dataclass(frozen=True)
class Sample:
    """A past task: what it painted, and the seconds for each picture."""

    kind: Kind
    seconds: float


def seconds_each(samples: Sequence[Sample], kind: Kind) -> float | None:
    """The median of the latest `samples` (the latest first) of this kind; none without any.

    Where there is none of this kind, those of the same model and size are scaled by steps, else those of the same model
    by pixels and steps, else all.
    """
    if same := [sample.seconds for sample in samples if sample.kind == kind]:
        return median(same[:RECENT])
    model = [sample for sample in samples if sample.kind.model == kind.model]
    size = [sample for sample in model if (sample.kind.width, sample.kind.height) == (kind.width, kind.height)]
    near = [sample.seconds * kind.work / sample.kind.work for sample in (size or model or samples)]
    return median(near[:RECENT]) if near else None


def first_guess(engine: str, kind: Kind) -> float:
    """Seconds for a picture as long as none was ever made here."""
    megapixels = kind.width * kind.height / 1_000_000
    if engine == "comfyui":
        return COMFYUI_SECONDS_PER_MEGAPIXEL_STEP * megapixels * kind.steps
    return SKETCH_SECONDS_PER_MEGAPIXEL * megapixels
