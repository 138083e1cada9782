"""Passwords, signing keys and pictures: libraries that compute, behind small classes."""
