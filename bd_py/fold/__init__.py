"""State from events, pure: no I/O, no clock, the same set of events gives the same state."""
