"""Writes simple stories: varied sentences and plots over a small world of characters, places and things."""
