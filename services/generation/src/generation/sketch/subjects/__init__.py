"""What stands, floats or flies in the scenery: one drawing function for each word's subject."""

from collections.abc import Callable
from dataclasses import dataclass

from generation.sketch.pen import Spot
from generation.sketch.stage import Stage
from generation.sketch.subjects import air, animals, buildings, creatures, people, plants, portraits, things

Draw = Callable[[Stage, Spot], None]


@dataclass(frozen=True)
class Subject:
    """`zone`: sky, far (on the far shore or hill), water, or near; `size` in shares of the shorter side."""

    draw: Draw
    zone: str
    size: float


SUBJECTS: dict[str, Subject] = {
    "pagoda": Subject(buildings.pagoda, "far", 0.36),
    "temple": Subject(buildings.temple, "far", 0.25),
    "house": Subject(buildings.house, "far", 0.15),
    "castle": Subject(buildings.castle, "far", 0.36),
    "pyramid": Subject(buildings.pyramid, "far", 0.3),
    "lighthouse": Subject(buildings.lighthouse, "far", 0.36),
    "bridge": Subject(buildings.bridge, "far", 0.2),
    "birds": Subject(air.birds, "sky", 0.3),
    "crane": Subject(air.cranes, "sky", 0.22),
    "dragon": Subject(creatures.dragon, "sky", 0.35),
    "lantern": Subject(air.lanterns, "sky", 0.14),
    "balloon": Subject(air.balloons, "sky", 0.22),
    "whale": Subject(creatures.whale, "sky", 0.31),
    "butterfly": Subject(air.butterflies, "sky", 0.1),
    "fish": Subject(creatures.fish, "sky", 0.22),
    "lotus": Subject(plants.lotus, "water", 0.24),
    "boat": Subject(things.boat, "water", 0.2),
    "tree": Subject(plants.tree, "near", 0.62),
    "flowers": Subject(plants.flowers, "near", 0.1),
    "blossom": Subject(plants.blossom, "near", 0.6),
    "cat": Subject(animals.cat, "near", 0.42),
    "dog": Subject(animals.dog, "near", 0.42),
    "rabbit": Subject(animals.rabbit, "near", 0.38),
    "fox": Subject(animals.fox, "near", 0.4),
    "panda": Subject(animals.panda, "near", 0.42),
    "bear": Subject(animals.bear, "near", 0.42),
    "robot": Subject(things.robot, "near", 0.46),
    "girl": Subject(people.girl, "near", 0.46),
    "boy": Subject(people.boy, "near", 0.46),
    "portrait": Subject(portraits.portrait, "near", 0.72),
}
"""In the order of drawing within a zone: what comes later stands in front."""
