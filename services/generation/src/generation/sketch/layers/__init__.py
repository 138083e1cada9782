"""The scenery, from the sky to the weather."""
