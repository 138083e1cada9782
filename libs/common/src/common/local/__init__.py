"""Real servers as child processes, for the embedded mode and for tests."""
