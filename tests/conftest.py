"""Settings of all tests."""

from hypothesis import settings

# The same examples everywhere, and none fails because a machine is slow or has failed before.
settings.register_profile("same everywhere", deadline=None, derandomize=True, database=None)
settings.load_profile("same everywhere")
