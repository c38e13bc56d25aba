"""The clients' environments: one venv per Python suite, one node_modules per Node suite, made once from pinned lists.

Everything lives inside the repository's `.test-env` (venvs, stamps, downloads, logs) or beside the lock file (node_modules), and
nothing is cached elsewhere. A stamp with the digest of the pinned list tells whether an environment is still right.
"""

import hashlib
import os
import shutil
import subprocess
import sys
import threading
from pathlib import Path

from .server import REPOSITORY

TEST_ENV = REPOSITORY / ".test-env"
CLIENTS = REPOSITORY / "tests" / "clients"

# A registry that hiccups must not fail the whole run.
INSTALL_ATTEMPTS = 3

# Installs the same lists in a tenth of pip's time, and unpacks what several of them name only once.
UV = "uv==0.13.9"
uv_lock = threading.Lock()
# uv knows nothing of pip's configuration, so it may not find the registry that pip finds; then pip does everything.
uv_is_of_no_use = threading.Event()


def python_of(name):
    """Returns the interpreter of the venv `name`."""
    return TEST_ENV / name / "bin" / "python"


def _digest(*paths):
    digest = hashlib.sha256(sys.version.encode())
    for path in paths:
        digest.update(path.read_bytes())
    return digest.hexdigest()


class InstallationFailed(Exception):
    """What an installer said when it gave up."""


def _install(command, cwd, attempts=INSTALL_ATTEMPTS):
    environment = os.environ | {
        "PIP_DISABLE_PIP_VERSION_CHECK": "1",
        "UV_CACHE_DIR": str(TEST_ENV / "uv-cache"),
        "UV_DEFAULT_INDEX": os.environ.get("PIP_INDEX_URL", "https://pypi.org/simple"),
        "npm_config_cache": str(TEST_ENV / "npm-cache"),
    }
    for _ in range(attempts):
        done = subprocess.run(
            command, cwd=cwd, env=environment, capture_output=True, text=True, stdin=subprocess.DEVNULL
        )
        if done.returncode == 0:
            return
    raise InstallationFailed(f"{' '.join(map(str, command))} failed:\n{done.stdout[-2000:]}{done.stderr[-2000:]}")


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
        _new_venv(venv)
        # The list names every transitive package, so there is nothing to resolve. It also lets LiteLLM run with the newest
        # certificate bundle that is out; the bound it declares is sometimes a release ahead of the registry.
        _install_list(name, ["--quiet", "--no-deps", "-r", requirements])

    _make(venv / "stamp", _digest(requirements), make)


def _new_venv(venv):
    shutil.rmtree(venv, ignore_errors=True)
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", venv], check=True, stdin=subprocess.DEVNULL)


def _install_list(name, listed):
    if not uv_is_of_no_use.is_set():
        try:
            return _install([_uv(), "pip", "install", "--python", python_of(name), *listed], REPOSITORY, attempts=1)
        except InstallationFailed:
            uv_is_of_no_use.set()
    pip = [sys.executable, "-m", "pip", "--python", python_of(name), "install"]
    return _install([*pip, "--no-cache-dir", "--no-compile", *listed], REPOSITORY)


def _uv():
    """Returns the path of uv, which pip installs on first use."""
    venv = TEST_ENV / "uv"

    def make():
        _new_venv(venv)
        pip = [sys.executable, "-m", "pip", "--python", python_of("uv"), "install"]
        _install([*pip, "--quiet", "--no-cache-dir", UV], REPOSITORY)

    with uv_lock:
        _make(venv / "stamp", UV, make)
    return venv / "bin" / "uv"


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
