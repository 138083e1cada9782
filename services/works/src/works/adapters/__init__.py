"""What works talks to of its own: a program that looks at pictures."""
