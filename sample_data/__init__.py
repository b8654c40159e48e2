"""Synthetic extracts, written as agencies would send them."""
