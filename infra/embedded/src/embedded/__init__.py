"""创想引擎 on one machine: every service in one process, with a real MongoDB beside it."""
