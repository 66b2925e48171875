"""Benchmarks give right answers at a small size; how fast they are is measured elsewhere."""
