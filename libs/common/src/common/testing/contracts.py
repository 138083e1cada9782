"""`python -m common.testing.contracts FOLDER`: write the JSON Schema of every public message, for review and commit."""

import argparse
import json
from pathlib import Path

from common.contracts import ALL


def main() -> None:
    """Write one file a message and say which are new or changed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path, nargs="?", default=Path("libs/common/tests/contracts/schemas"))
    folder = parser.parse_args().folder
    for message in ALL:
        path = folder / f"{message.routing_key()}.json"
        schema = json.dumps(message.model_json_schema(), ensure_ascii=False, indent=2, sort_keys=True) + "\n"
        if not path.exists() or path.read_text() != schema:
            path.write_text(schema)
            print(f"written: {path}")  # noqa: T201  (a command line's answer)


if __name__ == "__main__":
    main()
