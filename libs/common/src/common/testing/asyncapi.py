"""`python -m common.testing.asyncapi`: write `docs/asyncapi.yaml`, for review and commit."""

import argparse
from pathlib import Path

import yaml

from common.asyncapi import document

HEAD = "# Generated from libs/common/src/common/contracts by `python -m common.testing.asyncapi`; edit those instead.\n"


class _Dumper(yaml.SafeDumper):
    """Writes texts of several lines as such, and everything in full."""

    def ignore_aliases(self, _data: object) -> bool:
        return True


def _text(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style="|" if "\n" in text else None)


_Dumper.add_representer(str, _text)


def rendered() -> str:
    """The file's text."""
    body: str = yaml.dump(document(), Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=120)
    return HEAD + body


def main() -> None:
    """Write the file."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=Path("docs/asyncapi.yaml"))
    parser.parse_args().out.write_text(rendered(), encoding="utf-8")


if __name__ == "__main__":
    main()
