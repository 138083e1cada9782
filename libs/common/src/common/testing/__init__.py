"""What tests share: servers, in-memory adapters and the suites every adapter passes."""
