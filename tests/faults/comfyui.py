"""The scripted ComfyUI as a process of its own, so that it can be killed: `python -m faults.comfyui PORT`."""

import asyncio
import sys

from generation.testing.comfyui import ScriptedComfyUI


async def serve(port: int) -> None:
    """Answer on a port until killed."""
    server = ScriptedComfyUI(port=port)
    await server.start()
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(serve(int(sys.argv[1])))
