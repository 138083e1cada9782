"""What the suite adds to a picture: from POST to the picture's event, less what ComfyUI itself took.

Run: make bench
The embedded suite in a process of its own paints on a scripted ComfyUI in this one, which saves a picture with the
detail of a photograph and measures each job from its arrival to its end. The watcher follows the task's events.
"""

import argparse
import asyncio
import io
import json
import os
import statistics
import tempfile
import time
from contextlib import suppress
from pathlib import Path

import httpx
import numpy as np
from PIL import Image, ImageFilter
from suite import Suite, data, person

from generation.testing import ScriptedComfyUI

SIDE = 512
BODY = {"prompt": "雪山", "size": f"{SIDE}x{SIDE}", "steps": 10, "model": "tiny-random.safetensors"}


def photograph() -> bytes:
    """A PNG of about 400 kB, as diffusion models make them: soft shapes and some grain."""
    random = np.random.default_rng(7)
    soft = Image.fromarray(random.integers(0, 256, (SIDE // 16, SIDE // 16, 3), dtype=np.uint8))
    shapes = np.asarray(soft.resize((SIDE, SIDE), Image.Resampling.BICUBIC).filter(ImageFilter.GaussianBlur(6)), int)
    grain = random.normal(0, 3, shapes.shape)
    file = io.BytesIO()
    Image.fromarray(np.clip(shapes + grain, 0, 255).astype(np.uint8)).save(file, "PNG", compress_level=4)
    return file.getvalue()


async def picture(http: httpx.AsyncClient, alice: dict[str, str]) -> tuple[str, float, float]:
    """The task, and the seconds from its request to the answer and to the event of its picture."""
    began = time.perf_counter()
    task = (await data(await http.post("/api/generate", json=BODY, headers=alice)))["taskId"]
    answered = time.perf_counter() - began
    async with http.stream("GET", f"/api/generate/{task}/events", headers=alice) as events:
        async for line in events.aiter_lines():
            if line == "event: image":
                available = time.perf_counter() - began
            if line.startswith("data: ") and "completed" in line and json.loads(line[6:]).get("images"):
                break
    return task, answered, available


async def floor(http: httpx.AsyncClient) -> float:
    """Seconds of the cheapest request of all: how busy the machine is just now."""
    began = time.perf_counter()
    await http.get("/health/live")
    return time.perf_counter() - began


def processor_seconds(process: int) -> float:
    """What a process and its children have used, the database among them."""
    stats: dict[int, list[str]] = {}
    for entry in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):  # it has ended meanwhile
            stats[int(entry.parent.name)] = entry.read_text().rpartition(")")[2].split()

    def ours(number: int) -> bool:
        return number == process or (number in stats and ours(int(stats[number][1])))

    ticks = sum(int(stat[11]) + int(stat[12]) for number, stat in stats.items() if ours(number))
    return ticks / os.sysconf("SC_CLK_TCK")


def row(name: str, seconds: list[float]) -> str:
    ordered = sorted(seconds)
    middle, high = statistics.median(ordered), ordered[int(len(ordered) * 0.95)]
    return f"{name:44} median {middle * 1000:6.1f} ms   95th percentile {high * 1000:6.1f} ms"


def quietest(seconds: list[float], floors: list[float]) -> list[float]:
    """Those of the third with the lowest floors."""
    return [taken for _, taken in sorted(zip(floors, seconds, strict=True))[: max(1, len(seconds) // 3)]]


async def measure(suite: Suite, comfy: ScriptedComfyUI, number: int, pause: float) -> None:
    comfy.jobs.picture = photograph()
    answers, totals, overheads, floors = [], [], [], []
    async with httpx.AsyncClient(base_url=suite.url, timeout=60) as http:
        alice = await person(http)
        for _ in range(5):  # the first ones warm the suite up
            await picture(http, alice)
        used = processor_seconds(suite.process.pid)
        for _ in range(number):
            before = await floor(http)
            task, answered, available = await picture(http, alice)
            own = comfy.jobs.seconds[f"img_{task.removeprefix('task_')}_0-1"]
            floors.append(max(before, await floor(http)))
            answers.append(answered)
            totals.append(available)
            overheads.append(available - own)
            await asyncio.sleep(pause)
        used = processor_seconds(suite.process.pid) - used
    print(f"{number} pictures of {SIDE}x{SIDE}, {len(comfy.jobs.picture) // 1000} kB, one after another")
    print(row("GET /health/live (floor)", floors))
    print(row("POST -> its answer", answers))
    print(row("POST -> picture available", totals))
    print(row("the same, less ComfyUI's own time", overheads))
    print(row("the same, in the third with the lowest floor", quietest(overheads, floors)))
    print(f"processor time of suite and database: {used / number * 1000:.0f} ms for each picture")


async def run(number: int, pause: float) -> None:
    comfy = ScriptedComfyUI()
    await comfy.start()
    with tempfile.TemporaryDirectory() as folder:
        suite = Suite(Path(folder), COMFYUI_URLS=comfy.url)
        try:
            await suite.answers()
            await measure(suite, comfy, number, pause)
        finally:
            suite.stop()
            await comfy.kill()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--number", type=int, default=100)
    parser.add_argument("--pause", type=float, default=0.05, help="seconds between two pictures")
    asked = parser.parse_args()
    asyncio.run(run(asked.number, asked.pause))


if __name__ == "__main__":
    main()
