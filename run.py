"""The two commands of the README.

python run.py [-- OPTIONS OF STREAMLIT]    shows the dashboard on http://localhost:8501
python run.py test [OPTIONS OF PYTEST]     checks everything, as CI does

Both look after .venv themselves. Standard library only: this runs before anything is installed.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import shutil
import socket
import subprocess
import sys
import tempfile
from pathlib import Path

OLDEST_PYTHON = (3, 11)
PORT = 8501
ROOT = Path(__file__).resolve().parent
VENV = ROOT / ".venv"

# What installing a file of requirements installs: the second has all of the first, at the same versions.
CONTENTS = {
    "requirements.txt": ["requirements.txt"],
    "requirements-dev.txt": ["requirements.txt", "requirements-dev.txt"],
}

CHECKS = {
    "Lint": ["-m", "ruff", "check", "."],
    "Format": ["-m", "ruff", "format", "--check", "."],
    "Types": ["-m", "mypy"],
    "Layering": ["-c", "from importlinter.cli import lint_imports_command as check; check()"],
    "Tests": ["-m", "pytest"],
}

BROWSERS = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome"]
BROWSERS += ["microsoft-edge", "microsoft-edge-stable", "msedge"]


def main(arguments: list[str]) -> None:
    """Does what the arguments ask for; ends with one sentence where something is missing."""
    if sys.version_info < OLDEST_PYTHON:
        found = sys.version.split()[0]
        sys.exit(f"This needs Python 3.11 or newer, and this is Python {found}: start it with a newer one.")
    if arguments[:1] == ["test"]:
        check_everything(arguments[2:] if arguments[1:2] == ["--"] else arguments[1:])
    elif arguments[:1] in ([], ["--"]):
        show_the_dashboard(arguments[1:])
    elif arguments[0] in ("-h", "--help"):
        print(__doc__)
    else:
        print(__doc__)
        sys.exit(f'"{arguments[0]}" is neither "test" nor "--": the two commands are above.')


def show_the_dashboard(options: list[str]) -> None:
    """Installs, builds and publishes what is not there yet, then lets Streamlit take over."""
    os.environ["INSIGHT_STORE"] = str(store())
    port = port_in(options)
    if is_taken(port):
        sys.exit(
            f"Port {port} is taken, perhaps by a dashboard still running: "
            f"stop that one, or choose another port with `python run.py -- --server.port {port + 1}`."
        )
    python = environment("requirements.txt")
    build_the_sample_release(python)
    say(f"Starting the dashboard on http://localhost:{port} (Ctrl-C stops it)")
    ours = ["--server.port", str(PORT), "--server.address", "localhost", "--server.headless", "true"]
    become([python, "-m", "streamlit", "run", "app.py", *ours, *options])


def check_everything(options: list[str]) -> None:
    """Lint, format, types, layering and tests, up to the first that fails."""
    for setting in [name for name in os.environ if name.startswith("INSIGHT_")]:
        del os.environ[setting]  # a real store and its secrets are no business of tests
    python = environment("requirements-dev.txt")
    os.environ["BROWSER_PATH"] = browser(python)
    say(f"The browser of the tests is {os.environ['BROWSER_PATH']}")
    for title, command in CHECKS.items():
        say(title)
        if not succeeds([python, *command, *(options if title == "Tests" else [])]):
            sys.exit(f"\n{title}: not passed; the lines above say why.")
    say("Everything passed")


def environment(requirements: str) -> str:
    """The Python of .venv, made anew if it is missing or broken, with the requirements installed."""
    python = str(VENV / ("Scripts/python.exe" if os.name == "nt" else "bin/python"))
    record = VENV / "installed"  # the fingerprints of what is in there; empty while pip is at work
    interrupted = record.is_file() and not record.read_text()
    if interrupted or not is_usable(python):
        say("Making the environment .venv")
        if not succeeds([sys.executable, "-m", "venv", "--clear", str(VENV)]):
            sys.exit(
                "Python could not make .venv, as the lines above say: where its venv module is missing, "
                "install it (on Debian and Ubuntu: `apt install python3-venv`) and start again."
            )
    installed = record.read_text().split() if record.is_file() else []
    if fingerprint(requirements) not in installed:
        say(f"Installing {requirements} into .venv (minutes the first time, nothing the next)")
        record.write_text("")
        if not succeeds([python, "-m", "pip", "install", "--disable-pip-version-check", "-r", requirements]):
            record.unlink()
            sys.exit(
                f"The packages of {requirements} could not be installed, as the lines above say: "
                "check the network, and the proxy or package index that pip is told to use, and start again."
            )
        record.write_text("\n".join(map(fingerprint, CONTENTS[requirements])))
    return python


def is_usable(python: str) -> bool:
    """Whether there is such a Python, new enough and with pip."""
    return answer([python, "-c", f"import pip, sys; print(sys.version_info >= {OLDEST_PYTHON})"]) == "True"


def fingerprint(requirements: str) -> str:
    """The hash of a file of requirements."""
    return hashlib.sha256((ROOT / requirements).read_bytes()).hexdigest()


def succeeds(command: list[str]) -> bool:
    """Whether a command could be started beside this file and ended well."""
    try:
        return subprocess.run(command, cwd=ROOT, check=False).returncode == 0
    except OSError:
        return False


def answer(command: list[str]) -> str | None:
    """What a command says, or nothing if it cannot be started, fails or hangs."""
    try:
        asked = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True, timeout=60)
    except (OSError, subprocess.SubprocessError):
        return None
    return asked.stdout.strip()


def say(text: str) -> None:
    """One step of the way, on a line of its own."""
    print(f"\n== {text}", flush=True)


def port_in(options: list[str]) -> int:
    """The port that Streamlit will listen on, given these options of its own."""
    parser = argparse.ArgumentParser(prog="run.py --", add_help=False, allow_abbrev=False)
    parser.add_argument("--server.port", dest="port", type=int, default=PORT)
    port: int = parser.parse_known_args(options)[0].port
    return port


def is_taken(port: int) -> bool:
    """Whether something on this machine listens there already."""
    try:
        socket.create_connection(("localhost", port), timeout=2).close()
    except OSError:
        return False
    return True


def store() -> Path:
    """Where releases are kept; a relative INSIGHT_STORE is meant from where the command was given."""
    return Path(os.environ.get("INSIGHT_STORE") or ROOT / "store").resolve()


def build_the_sample_release(python: str) -> None:
    """Publishes synthetic figures if nothing was ever published; leaves a store with a release alone."""
    in_force = store() / "in_force"
    if in_force.is_file():
        return
    say("Building the sample release: 25 months of every extract (about two minutes, once)")
    with tempfile.TemporaryDirectory(prefix="inclusion-insight-") as inbox:
        if succeeds([python, "-m", "pipelines", "sample", "--out", inbox]):
            succeeds([python, "-m", "pipelines", "refresh", "--inbox", inbox, "--sample"])
    # What counts is the release: a refresh that published, and found something late or rejected, does not end with 0.
    if not in_force.is_file():
        sys.exit(
            f"The sample release could not be built in {store()}, as the lines above say: put that right and start "
            "again, or name another folder in INSIGHT_STORE."
        )


def become(command: list[str]) -> None:
    """Runs a command in place of this program, so that Ctrl-C and other signals end that and nothing stays behind."""
    os.chdir(ROOT)
    if os.name == "posix":
        os.execv(command[0], command)
    process = subprocess.Popen(command)
    while process.poll() is None:
        try:
            process.wait()
        except KeyboardInterrupt:
            continue  # it heard the same Ctrl-C, and is tidying up
    sys.exit(process.returncode)


def browser(python: str) -> str:
    """A browser that starts: one this machine has, or else one installed now."""
    found = find_browser(python)
    for way in [] if found else ways_to_install_a_browser(python):
        for command in way:
            say(f"Installing a browser: {' '.join(command)}")
            succeeds(command)
        found = find_browser(python)
        if found:
            break
    if not found:
        sys.exit(
            "No browser was found and none could be installed, as the lines above say: "
            "install Chromium, Chrome or Edge, or name the program of one in BROWSER_PATH."
        )
    return found


def find_browser(python: str) -> str | None:
    """BROWSER_PATH, else Chromium, Chrome or Edge on PATH or where installers put them, else Playwright's own."""
    chosen = os.environ.get("BROWSER_PATH")
    if chosen:
        if not Path(chosen).is_file():
            sys.exit(f"BROWSER_PATH names {chosen}, which is not there: correct it, or unset it to have one found.")
        return chosen
    on_path = filter(None, map(shutil.which, BROWSERS))
    in_place = (str(place) for place in usual_places() if place.is_file())
    return next(filter(starts, [*on_path, *in_place]), None) or playwrights_browser(python)


def usual_places() -> list[Path]:
    """Where installers on macOS and Windows put browsers, which are not on PATH there."""
    if sys.platform == "darwin":
        names = ["Google Chrome", "Chromium", "Microsoft Edge"]
        folders = [Path("/Applications"), Path.home() / "Applications"]
        return [folder / f"{name}.app/Contents/MacOS/{name}" for folder in folders for name in names]
    homes = [os.environ.get(name) for name in ("PROGRAMFILES", "PROGRAMFILES(X86)", "LOCALAPPDATA")]
    programs = ["Google/Chrome/Application/chrome.exe", "Chromium/Application/chrome.exe"]
    programs += ["Microsoft/Edge/Application/msedge.exe"]
    return [Path(home) / program for home in homes if home for program in programs]


def starts(program: str) -> bool:
    """Whether a browser can tell its version, as Ubuntu's stand-in for a snap cannot; Windows would open a window."""
    return os.name == "nt" or bool(answer([program, "--version"]))


def playwrights_browser(python: str) -> str | None:
    """The browser that `playwright install chromium` left behind, if it did."""
    ask = "from playwright.sync_api import sync_playwright as start"
    ask += "\nwith start() as it: print(it.chromium.executable_path)"
    program = answer([python, "-c", ask])
    return program if program and Path(program).is_file() and starts(program) else None


def ways_to_install_a_browser(python: str) -> list[list[list[str]]]:
    """Lists of commands, the most promising first: Debian's own package needs root; Playwright's download does not."""
    playwright = [python, "-m", "playwright", "install"]
    if not (hasattr(os, "geteuid") and os.geteuid() == 0 and shutil.which("apt-get")):
        return [[[*playwright, "chromium"]]]
    os.environ["DEBIAN_FRONTEND"] = "noninteractive"
    apt = ["apt-get", "-o", "DPkg::Lock::Timeout=600"]
    return [
        [[*apt, "update"], [*apt, "install", "-y", "chromium"]],
        [[*playwright, "--with-deps", "chromium"]],
    ]


if __name__ == "__main__":
    try:
        main(sys.argv[1:])
    except KeyboardInterrupt:
        print("\nStopped.")
        sys.exit(130)
