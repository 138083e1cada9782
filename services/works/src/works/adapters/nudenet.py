"""`python -m works.adapters.nudenet`: NudeNet as a program for `ProgramClassifier`. See docs/adr on its licence.

Needs the package nudenet, which is not a part of the default install.
"""

import importlib
import json
import sys

EXPOSED = frozenset(
    {"BUTTOCKS_EXPOSED", "FEMALE_BREAST_EXPOSED", "FEMALE_GENITALIA_EXPOSED", "MALE_GENITALIA_EXPOSED", "ANUS_EXPOSED"}
)
AT_LEAST = 0.35  # of the model's score; low, since a person decides


def main() -> None:
    """Read a picture, write what of it is exposed."""
    detector = importlib.import_module("nudenet").NudeDetector()
    detections = detector.detect(sys.stdin.buffer.read())
    found = [{"label": d["class"], "score": d["score"]} for d in detections]
    json.dump([f for f in found if f["label"] in EXPOSED and f["score"] >= AT_LEAST], sys.stdout)


if __name__ == "__main__":
    main()
