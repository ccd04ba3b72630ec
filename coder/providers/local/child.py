"""The process that holds the model: reads its settings from standard input, serves until that input ends.

It runs by file path and imports nothing of ours. Its life hangs on the pipe: when the program ends, however it ends
(kill -9 included), the system closes the pipe, the read below returns, and this process is gone with its memory.
"""

from __future__ import annotations

import json
import os
import signal
import sys
from typing import Any


def serve(settings: dict[str, Any]) -> Any:
    """The running server. Loopback only, with a key, no browser access, no page of its own."""
    import xllamacpp  # noqa: PLC0415 - the settings are read before anything heavy loads

    params = xllamacpp.CommonParams()
    params.model.path = settings["path"]
    params.model_alias = {settings["alias"]}
    params.n_ctx = settings["context"]
    params.n_parallel = 1  # on two cores, two requests at once gain nothing and each would have half the context
    params.cpuparams.n_threads = settings["threads"]
    params.hostnames = ["127.0.0.1"]
    params.port = 0
    params.api_keys = [settings["key"]]
    params.cors_origins = ""
    params.ui = False
    params.endpoint_slots = False
    params.cache_ram_mib = 0  # the default keeps up to 8 GB of old prompts; the slot's own prefix cache is enough
    params.fit_params = False  # the context is what was asked for, not what a guess about memory allows
    params.verbosity = 1  # errors only: the parent shows the last of them when the start fails
    return xllamacpp.Server(params)


def main() -> None:
    """One line of settings in, one line with the address out, then wait for the end of the input."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches the whole group; the parent decides when to stop
    answer = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)  # whatever the native code prints is a log, not an answer
    server = serve(json.loads(sys.stdin.readline()))
    print(json.dumps({"address": server.listening_address}), file=answer, flush=True)
    sys.stdin.read()
    os._exit(0)  # nothing to save, and a request in progress need not be waited for


if __name__ == "__main__":
    main()
