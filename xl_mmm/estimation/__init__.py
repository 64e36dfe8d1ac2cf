"""Estimation on arrays: linear solve, search space, profile search, resampling, penalties, inference.

Nothing here knows a dataset, a sheet or a channel's name beyond what an error message needs.
"""
