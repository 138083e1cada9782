"""The rules of generation: tasks, credits, prices and the order of the queue. Pure: no I/O, no clock, no chance."""
