"""ISO 15118: sessions without I/O, their sequence tables and their timers."""
