"""smtp_raw.py [MAILS [CONNECTIONS [ROUNDS]]]: smtp_bench to an smtp-sink of its own: mails a second of the mail thread alone, beside
a hand-written pipelining client.
"""

import os
import pathlib
import subprocess
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "e2e"))
from support.sink import bare_sink  # noqa: E402 - found by the line above

BENCH = pathlib.Path(os.environ["JOBD_BIN"]).parent / "tests" / "smtp_bench"


def main(mails="20000", connections="10", rounds="5"):
    with bare_sink() as port:
        subprocess.run([BENCH, str(port), mails, connections, rounds], check=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
