"""Isolation: the work on one file, in this process or in one of its own, with a budget.

A decoder is a large C library that meets the file of a stranger. In a worker process a crash, a
hang or a bomb costs that file and nothing else. `Workers` and `InProcess` carry out the same calls.
"""

from refprep.isolation.call import Call, Executor, InProcess
from refprep.isolation.pool import Workers, each, start

__all__ = ["Call", "Executor", "InProcess", "Workers", "each", "start"]
