"""What the end-to-end tests stand on: real daemons, a foreign client, recording mail servers.

Nothing here sleeps: a daemon is ready when it says so (sd_notify), a job is at its end when a `wait` answers, a
server has reached a phase when its thread sets an event. Every wait has a limit, which only a failing test meets.
"""

import os
import pathlib

PATIENCE = 60  # seconds until a wait that should have ended is a failure
ROOT = pathlib.Path(__file__).resolve().parents[3]
SANITIZED = bool(os.environ.get("JOBD_SANITIZED"))  # slower, larger
BIN = pathlib.Path(os.environ.get("JOBD_BIN", ROOT / "build" / "bin"))
