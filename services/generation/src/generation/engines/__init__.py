"""Engines paint pictures. One small interface; `sketch` paints without a GPU."""
