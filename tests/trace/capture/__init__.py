"""Tests of the capture reader: each floor by itself, then whole captures, own and others'."""
