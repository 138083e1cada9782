"""What every service of 创想引擎 shares; it imports no service."""
