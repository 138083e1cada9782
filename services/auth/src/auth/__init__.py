"""Users, passwords, roles, follows, signing keys."""
