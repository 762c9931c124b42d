"""Tests of the measurement beside other trackers."""
