"""What comes from npm: tests/npm copied into the build tree, with its packages beside it.

They are installed once and again when package files change; after that no network is needed.
"""

import fcntl
import hashlib
import shutil
import subprocess

from . import BIN, PATIENCE, ROOT

SOURCE = ROOT / "tests" / "npm"
FOLDER = BIN.parent / "npm"
PACKAGE_FILES = ("package.json", "package-lock.json", ".npmrc")


def run(*words, check=True):
    """A program in the folder."""
    done = subprocess.run(words, cwd=FOLDER, stdin=subprocess.DEVNULL, capture_output=True, text=True,
                          timeout=5 * PATIENCE, check=False)
    if check and done.returncode != 0:
        raise AssertionError(f"{' '.join(map(str, words))} ended with {done.returncode}:\n{done.stdout}{done.stderr}")
    return done


def node(script, *words, check=True):
    return run("node", script, *words, check=check)


def install():
    """Makes the folder, with all that its scripts import; tests that run at once take turns."""
    for program in ("node", "npm"):
        if shutil.which(program) is None:
            raise AssertionError(f"there is no {program}; `tests/packages tests` installs it")
    FOLDER.mkdir(exist_ok=True)
    with open(FOLDER / "lock", "wb") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        fill()


def fill():
    for path in SOURCE.iterdir():
        shutil.copyfile(path, FOLDER / path.name)
    wanted = hashlib.sha256(b"".join((SOURCE / name).read_bytes() for name in PACKAGE_FILES)).hexdigest()
    stamp = FOLDER / "installed"
    if not stamp.exists() or stamp.read_text() != wanted:
        stamp.unlink(missing_ok=True)
        run("npm", "ci", "--prefer-offline", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error")
        stamp.write_text(wanted)
