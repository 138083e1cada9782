"""The operators' job `dead-letters`: messages that a consumer or the broker gave up on."""

import argparse
import json
from collections.abc import Sequence

from common.consumers import NoSuchLetter
from common.mongo import Document
from common.operations import Operations

SHOWN = 100


async def do(service: Operations, asked: argparse.Namespace) -> str:
    """List them, or show, replay or drop some; first those at the broker are fetched where there is one."""
    if service.neighbours.bus is not None:
        await service.neighbours.bus.take_dead(service.consumer.name, service.consumer.keep_dead)
    letters = await service.consumer.dead_letters()
    if asked.action == "list":
        return _listed(service.name, letters)
    chosen = letters if asked.all else [letter for letter in letters if letter["_id"] in asked.ids]
    missing = set(asked.ids) - {letter["_id"] for letter in chosen}
    if missing:
        raise SystemExit(f"{service.name} has no dead letter {', '.join(sorted(missing))}.")
    if not chosen and not asked.all:
        raise SystemExit("Which? Name ids, or --all.")
    if asked.action == "show":
        return "\n".join(json.dumps(letter, default=str, ensure_ascii=False, indent=1) for letter in chosen)
    if asked.action == "drop":
        dropped = [await service.consumer.drop_dead_letter(letter["_id"]) for letter in chosen]
        return f"{service.name}: {sum(dropped)} dropped"
    return await _replay(service, chosen)


def arguments(parser: argparse.ArgumentParser) -> None:
    """The arguments of the job."""
    actions = ["list", "show", "replay", "drop"]
    parser.add_argument("action", nargs="?", choices=actions, default="list", help="list is the default")
    parser.add_argument("ids", nargs="*", metavar="ID", help="which ones")
    parser.add_argument("--all", action="store_true", help="all of them")


def _listed(service: str, letters: Sequence[Document]) -> str:
    lines = [f"{service}: {len(letters)} dead letters"]
    for letter in letters[:SHOWN]:
        when = letter["at"].isoformat(timespec="seconds")
        lines.append(f"  {letter['_id']}  {when}  {letter['key']}  {letter['error'][:200]}")
    if len(letters) > SHOWN:
        lines.append(f"  and {len(letters) - SHOWN} more")
    return "\n".join(lines)


async def _replay(service: Operations, letters: Sequence[Document]) -> str:
    """Handle each again, the oldest first; those that fail again stay."""
    failed = []
    for letter in letters:
        try:
            await service.consumer.replay_dead_letter(letter["_id"])
        except NoSuchLetter:
            failed.append(f"  {letter['_id']}  holds no envelope: it can only be dropped")
        except Exception as error:  # noqa: BLE001  (whatever a handler raises is what the operator asks for)
            failed.append(f"  {letter['_id']}  failed again: {error!r}")
    text = "\n".join([f"{service.name}: {len(letters) - len(failed)} replayed, {len(failed)} left", *failed])
    if failed:
        raise SystemExit(text)
    return text
