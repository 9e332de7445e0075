# SPDX-License-Identifier: Apache-2.0
"""The window on tensors in memory: show() and watch(). The protocol is described in app/python/VIEW_PROTOCOL.md."""

from .view import View, show
from .watch import Watch, watch

__all__ = ["View", "Watch", "show", "watch"]
