"""What holds for all tests."""

from __future__ import annotations

import signal

if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    # A shell that starts the tests in the background lets them, and all that they start, not hear of Ctrl-C.
    signal.signal(signal.SIGINT, signal.default_int_handler)
