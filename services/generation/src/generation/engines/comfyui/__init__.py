"""The engine `comfyui`.

From the inside out: `workflow`, `answers` and `messages` are pure; `client` and `listener` talk to one server; `server`
and `pool` choose; `following` sees a job through, `placing` a picture; `engine` is the whole.
"""

from generation.engines.comfyui.client import Unreachable
from generation.engines.comfyui.engine import ComfyEngine
from generation.engines.comfyui.pace import Pace
from generation.engines.comfyui.pool import Pool
from generation.engines.comfyui.server import ROOM

__all__ = ["ROOM", "ComfyEngine", "Pace", "Pool", "Unreachable"]
