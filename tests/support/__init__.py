"""Helpers of the tests; only modules under tests/ may import them."""
