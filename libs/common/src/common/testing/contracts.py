"""`python -m common.testing.contracts FOLDER`: write the JSON Schema of every public message, for review and commit.

With `--release 0.2.0` also keep what that release tells, schemas and samples: later versions are tested against it.
"""

import argparse
import json
from pathlib import Path

from common.contracts import ALL


def main() -> None:
    """Write one file a message and say which are new or changed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path, nargs="?", default=Path("libs/common/tests/contracts/schemas"))
    parser.add_argument("--release", metavar="VERSION", help="keep schemas and samples as those of this release")
    asked = parser.parse_args()
    folder = asked.folder
    for message in ALL:
        path = folder / f"{message.routing_key()}.json"
        schema = json.dumps(message.model_json_schema(), ensure_ascii=False, indent=2, sort_keys=True) + "\n"
        if not path.exists() or path.read_text() != schema:
            path.write_text(schema)
            print(f"written: {path}")  # noqa: T201  (a command line's answer)
    if asked.release:
        keep(folder.parent, asked.release)


def keep(folder: Path, release: str) -> None:
    """Write `released/<release>.json`: for each message its schema and its sample. What was released never changes.

    Raises:
        FileExistsError: that release is kept already.
    """
    told = {
        message.routing_key(): {
            "schema": message.model_json_schema(),
            "sample": json.loads((folder / "samples" / f"{message.routing_key()}.json").read_text()),
        }
        for message in ALL
    }
    with (folder / "released" / f"{release}.json").open("x") as file:
        json.dump(told, file, ensure_ascii=False, indent=1, sort_keys=True)
        file.write("\n")


if __name__ == "__main__":
    main()
