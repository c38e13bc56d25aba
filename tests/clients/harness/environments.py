"""The clients' environments: one venv per Python suite, one node_modules per Node suite, made once from pinned lists.

Everything lives inside the repository's `.test-env` (venvs, stamps, logs) or beside the lock file (node_modules), and nothing is
cached elsewhere. A stamp with the digest of the pinned list tells whether an environment is still right.
"""

import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

from .server import REPOSITORY

TEST_ENV = REPOSITORY / ".test-env"
CLIENTS = REPOSITORY / "tests" / "clients"

# A registry that hiccups must not fail the whole run.
INSTALL_ATTEMPTS = 3


def python_of(name):
    """Returns the interpreter of the venv `name`."""
    return TEST_ENV / name / "bin" / "python"


def _digest(*paths):
    digest = hashlib.sha256(sys.version.encode())
    for path in paths:
        digest.update(path.read_bytes())
    return digest.hexdigest()


def _install(command, cwd):
    environment = os.environ | {"PIP_DISABLE_PIP_VERSION_CHECK": "1", "npm_config_cache": str(TEST_ENV / "npm-cache")}
    for _ in range(INSTALL_ATTEMPTS):
        done = subprocess.run(
            command, cwd=cwd, env=environment, capture_output=True, text=True, stdin=subprocess.DEVNULL
        )
        if done.returncode == 0:
            return
    raise RuntimeError(f"{' '.join(map(str, command))} failed:\n{done.stdout[-2000:]}{done.stderr[-2000:]}")


def _make(stamp, digest, make):
    if stamp.is_file() and stamp.read_text() == digest:
        return
    stamp.unlink(missing_ok=True)
    make()
    stamp.parent.mkdir(parents=True, exist_ok=True)
    stamp.write_text(digest)


def python(name):
    """Makes the venv for `python/<name>/requirements.txt` unless it is there already."""
    python_at(name, CLIENTS / "python" / name / "requirements.txt")


def python_at(name, requirements):
    """Makes the venv `name` for a list of pinned packages unless it is there already."""
    venv = TEST_ENV / name

    def make():
        shutil.rmtree(venv, ignore_errors=True)
        subprocess.run([sys.executable, "-m", "venv", "--without-pip", venv], check=True, stdin=subprocess.DEVNULL)
        # The list names every transitive package, so there is nothing to resolve. It also lets LiteLLM run with the newest
        # certificate bundle that is out; the bound it declares is sometimes a release ahead of the registry.
        pip = [sys.executable, "-m", "pip", "--python", python_of(name), "install"]
        _install([*pip, "--quiet", "--no-cache-dir", "--no-compile", "--no-deps", "-r", requirements], REPOSITORY)

    _make(venv / "stamp", _digest(requirements), make)


def node(name):
    """Installs `node/<name>/package-lock.json` unless it is there already."""
    folder = CLIENTS / "node" / name
    digest = _digest(folder / "package-lock.json")
    npm = ["npm", "ci", "--no-audit", "--no-fund", "--loglevel=error"]
    _make(folder / "node_modules" / ".stamp", digest, lambda: _install(npm, folder))


def pinned_version(requirements, package):
    """Returns the version of `package` in a requirements file."""
    for line in Path(requirements).read_text().splitlines():
        name, _, version = line.partition("==")
        if name.lower() == package:
            return version
    raise KeyError(f"{package} is not in {requirements}")
