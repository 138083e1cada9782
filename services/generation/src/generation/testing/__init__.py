"""What tests and benches of this service and its neighbours share."""

from generation.testing.comfyui import ScriptedComfyUI

__all__ = ["ScriptedComfyUI"]
