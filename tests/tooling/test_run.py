"""The two commands: what they do on a new machine, on a used one, and what they say when they cannot go on."""

import ast
import os
import shutil
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest

import run

ROOT = Path(__file__).parents[2]
RUNTIME, EVERYTHING = "requirements.txt", "requirements-dev.txt"
posix_only = pytest.mark.skipif(os.name != "posix", reason="is about signals or scripts of POSIX systems")


@pytest.fixture
def house(tmp_path, monkeypatch):
    """A folder with requirements and nothing installed, where commands are recorded instead of run."""
    (tmp_path / RUNTIME).write_text("one==1\n")
    (tmp_path / EVERYTHING).write_text("one==1\ntwo==2\n")
    monkeypatch.setattr(run, "ROOT", tmp_path)
    monkeypatch.setattr(run, "VENV", tmp_path / ".venv")
    for setting in [name for name in os.environ if name.startswith("INSIGHT_")]:
        monkeypatch.delenv(setting)
    monkeypatch.setenv("BROWSER_PATH", "")
    monkeypatch.setenv("DEBIAN_FRONTEND", "")
    return tmp_path


class Machine:
    """Stands in for the programs that run.py starts: records each, and fails those that contain a given word."""

    def __init__(self):
        self.commands: list[str] = []
        self.fails_at = ""
        self.then = lambda command: None

    def succeeds(self, command: list[str]) -> bool:
        line = " ".join(command)
        self.commands.append(line)
        if self.fails_at and self.fails_at in line:
            return False
        if "venv" in command:
            Path(command[-1]).mkdir(exist_ok=True)
            (Path(command[-1]) / "installed").unlink(missing_ok=True)
        self.then(line)
        return True

    def did(self, word: str) -> int:
        return len([line for line in self.commands if word in line])


@pytest.fixture
def machine(house, monkeypatch):
    machine = Machine()
    monkeypatch.setattr(run, "succeeds", machine.succeeds)
    monkeypatch.setattr(run, "is_usable", lambda python: run.VENV.is_dir())
    return machine


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ([], ("dashboard", [])),
        (["--"], ("dashboard", [])),
        (["--", "--server.port", "8600"], ("dashboard", ["--server.port", "8600"])),
        (["test"], ("checks", [])),
        (["test", "-k", "word", "-x"], ("checks", ["-k", "word", "-x"])),
        (["test", "--", "-k", "word"], ("checks", ["-k", "word"])),
    ],
)
def test_arguments_choose_the_command_and_reach_the_tool_behind_it(monkeypatch, arguments, expected):
    done = []
    monkeypatch.setattr(run, "show_the_dashboard", lambda options: done.append(("dashboard", options)))
    monkeypatch.setattr(run, "check_everything", lambda options: done.append(("checks", options)))
    run.main(arguments)
    assert done == [expected]


def test_an_unknown_argument_is_answered_with_the_two_commands(capsys):
    with pytest.raises(SystemExit, match='"tset" is neither "test" nor "--"'):
        run.main(["tset"])
    assert "python run.py test" in capsys.readouterr().out


def test_an_older_python_is_told_so_in_one_sentence(monkeypatch):
    monkeypatch.setattr(sys, "version_info", (3, 10, 4))
    with pytest.raises(SystemExit, match=r"^This needs Python 3\.11 or newer, and this is Python .*\.$"):
        run.main([])


def test_an_older_python_can_read_far_enough_to_say_so():
    ast.parse((ROOT / "run.py").read_text(encoding="utf-8"), feature_version=(3, 7))


def test_the_first_run_makes_an_environment_and_installs_into_it(machine):
    python = run.environment(RUNTIME)
    assert machine.did("-m venv --clear") == 1
    assert machine.commands[-1] == f"{python} -m pip install --disable-pip-version-check -r {RUNTIME}"


def test_the_second_run_installs_nothing(machine):
    run.environment(RUNTIME)
    machine.commands.clear()
    run.environment(RUNTIME)
    assert machine.commands == []


def test_changed_requirements_are_installed_into_the_same_environment(machine, house):
    run.environment(RUNTIME)
    (house / RUNTIME).write_text("one==1.1\n")
    run.environment(RUNTIME)
    assert (machine.did("-m venv"), machine.did("-m pip")) == (1, 2)


def test_what_the_tests_installed_serves_the_dashboard_but_not_the_other_way_round(machine):
    run.environment(RUNTIME)
    run.environment(EVERYTHING)
    run.environment(RUNTIME)
    run.environment(EVERYTHING)
    assert [line.rsplit(" ", 1)[1] for line in machine.commands if "-m pip" in line] == [RUNTIME, EVERYTHING]


def test_going_back_to_older_requirements_and_forth_again_installs_each_time(machine, house):
    run.environment(EVERYTHING)
    (house / RUNTIME).write_text("one==0.9\n")
    run.environment(RUNTIME)
    run.environment(EVERYTHING)
    assert machine.did("-m pip") == 3


def test_an_environment_left_while_pip_was_at_work_is_made_anew(machine):
    def interrupt(command):
        if "pip" in command:
            raise KeyboardInterrupt

    machine.then = interrupt
    with pytest.raises(KeyboardInterrupt):
        run.environment(RUNTIME)
    machine.then = lambda command: None
    run.environment(RUNTIME)
    assert (machine.did("-m venv"), machine.did("-m pip")) == (2, 2)


def test_a_failed_installation_says_what_to_check_and_is_tried_again_next_time(machine):
    machine.fails_at = "pip install"
    with pytest.raises(SystemExit, match="could not be installed.*check the network"):
        run.environment(RUNTIME)
    machine.fails_at = ""
    run.environment(RUNTIME)
    assert (machine.did("-m venv"), machine.did("-m pip")) == (1, 2)


def test_a_machine_without_the_venv_module_is_told_what_to_install(machine):
    machine.fails_at = "-m venv"
    with pytest.raises(SystemExit, match="apt install python3-venv"):
        run.environment(RUNTIME)


def test_a_broken_environment_is_replaced_by_one_that_works(house):
    (house / RUNTIME).write_text("")
    (house / ".venv" / "bin").mkdir(parents=True)
    (house / ".venv" / "leftover").touch()
    python = run.environment(RUNTIME)
    assert run.is_usable(python)
    assert not (house / ".venv" / "leftover").exists()


@pytest.mark.parametrize(
    ("options", "port"),
    [
        ([], 8501),
        (["--server.port", "8600"], 8600),
        (["--server.port=8600"], 8600),
        (["--theme.base", "dark", "--server.port", "8600", "--server.port=8700"], 8700),
    ],
)
def test_the_port_is_8501_unless_streamlits_options_say_otherwise(options, port):
    assert run.port_in(options) == port


def test_a_taken_port_is_reported_before_anything_is_installed(machine):
    with socket.create_server(("localhost", 0)) as server:
        port = server.getsockname()[1]
        with pytest.raises(SystemExit, match=f"Port {port} is taken.*--server.port {port + 1}"):
            run.show_the_dashboard(["--server.port", str(port)])
    assert machine.commands == []


def test_the_dashboard_is_for_this_machine_unless_options_say_otherwise(machine, house, monkeypatch):
    started: list[str] = []
    monkeypatch.setattr(run, "become", started.extend)
    monkeypatch.setattr(run, "is_taken", lambda port: False)
    monkeypatch.setattr(run, "build_the_sample_release", lambda python: None)
    monkeypatch.setenv("INSIGHT_STORE", str(house))
    run.show_the_dashboard(["--server.address", "192.0.2.1"])
    assert started[1:5] == ["-m", "streamlit", "run", "app.py"]
    assert started.index("localhost") < started.index("192.0.2.1")
    assert started[-1] == "192.0.2.1"


def test_the_store_is_beside_run_py_unless_the_environment_names_one(house, tmp_path, monkeypatch):
    assert run.store() == (house / "store").resolve()
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("INSIGHT_STORE", "elsewhere")
    assert run.store() == (tmp_path / "elsewhere").resolve()


def test_a_store_with_a_release_is_left_alone(machine, house):
    (house / "store").mkdir()
    (house / "store" / "in_force").write_text("2025-09.r1\n")
    run.build_the_sample_release("python")
    assert machine.commands == []


@pytest.fixture
def publishes(house):
    """What a refresh leaves in the store."""

    def publish(command: str) -> None:
        if "refresh" in command:
            (house / "store").mkdir()
            (house / "store" / "in_force").write_text("2025-09.r1\n")

    return publish


def test_an_empty_store_gets_the_sample_release_from_a_folder_that_is_gone_afterwards(machine, publishes):
    machine.then = publishes
    run.build_the_sample_release("python")
    sample, refresh = machine.commands
    inbox = sample.removeprefix("python -m pipelines sample --out ")
    assert refresh == f"python -m pipelines refresh --inbox {inbox} --sample"
    assert not Path(inbox).exists()


def test_a_refresh_that_published_counts_even_if_it_found_something_missing(machine, publishes, monkeypatch):
    def ends_with_1(command: list[str]) -> bool:
        publishes(" ".join(command))
        return "refresh" not in command

    monkeypatch.setattr(run, "succeeds", ends_with_1)
    run.build_the_sample_release("python")


@pytest.mark.parametrize("verb", ["sample", "refresh"])
def test_a_sample_that_could_not_be_published_is_told_with_the_place_to_look(machine, verb):
    machine.fails_at = f"pipelines {verb}"
    with pytest.raises(SystemExit, match="sample release could not be built in .*store"):
        run.build_the_sample_release("python")


@posix_only
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_the_dashboard_and_leaves_nothing_behind(number):
    dashboard = "import signal, sys, time; print('up', flush=True); time.sleep(60)"
    start = f"import run, sys; run.become([sys.executable, '-c', {dashboard!r}])"
    with subprocess.Popen(
        [sys.executable, "-c", start], cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    ) as it:
        assert it.stdout is not None
        assert it.stdout.readline().strip() == b"up"
        it.send_signal(number)
        assert it.wait(timeout=30) != 0
        assert it.stdout.read() == b""  # nobody holds the other end any more


def test_the_checks_stop_at_the_first_that_fails_and_name_it(machine, monkeypatch):
    monkeypatch.setattr(run, "find_browser", lambda python: "a browser")
    machine.fails_at = "-m mypy"
    with pytest.raises(SystemExit, match="Types: not passed"):
        run.check_everything([])
    checks = [line for line in machine.commands if "-m venv" not in line and "-m pip" not in line]
    assert [line.split(" -m ")[1] for line in checks] == ["ruff check .", "ruff format --check .", "mypy"]


def test_the_tests_know_the_browser_and_nothing_of_a_real_store(machine, monkeypatch):
    monkeypatch.setattr(run, "find_browser", lambda python: "a browser")
    monkeypatch.setenv("INSIGHT_STORE", "real")
    monkeypatch.setenv("INSIGHT_KEY", "secret")
    run.check_everything(["-k", "word"])
    assert machine.commands[-1].endswith("-m pytest -k word")
    assert machine.did("-k word") == 1
    assert os.environ["BROWSER_PATH"] == "a browser"
    assert not {"INSIGHT_STORE", "INSIGHT_KEY"} & set(os.environ)


class Programs(dict[str, str]):
    def __init__(self):
        super().__init__()
        self.dead: set[str] = set()


@pytest.fixture
def programs(house, monkeypatch):
    """Programs on PATH by name; each tells its version, but those added to `programs.dead`."""
    programs = Programs()
    monkeypatch.setattr(shutil, "which", programs.get)
    monkeypatch.setattr(
        run, "answer", lambda command: None if "-c" in command or command[0] in programs.dead else "1.0"
    )
    monkeypatch.setattr(run, "usual_places", list)
    return programs


def test_a_browser_named_by_the_environment_is_taken(programs, house, monkeypatch):
    programs["chromium"] = "/usr/bin/chromium"
    named = house / "browser"
    named.touch()
    monkeypatch.setenv("BROWSER_PATH", str(named))
    assert run.find_browser("python") == str(named)


def test_a_browser_named_by_the_environment_must_be_there(programs, house, monkeypatch):
    monkeypatch.setenv("BROWSER_PATH", str(house / "gone"))
    with pytest.raises(SystemExit, match="BROWSER_PATH names .*gone, which is not there"):
        run.find_browser("python")


def test_a_browser_on_path_is_found(programs):
    programs["microsoft-edge"] = "/opt/edge"
    assert run.find_browser("python") == "/opt/edge"


@posix_only
def test_a_stand_in_that_does_not_start_is_passed_over(programs):
    programs["chromium"] = "/usr/bin/chromium"
    programs["google-chrome"] = "/usr/bin/google-chrome"
    programs.dead.add("/usr/bin/chromium")
    assert run.find_browser("python") == "/usr/bin/google-chrome"


@pytest.mark.parametrize(
    ("platform", "program"),
    [
        ("darwin", "Applications/Google Chrome.app/Contents/MacOS/Google Chrome"),
        ("win32", "Microsoft/Edge/Application/msedge.exe"),
    ],
)
def test_a_browser_where_installers_put_it_is_found(house, monkeypatch, platform, program):
    (house / program).parent.mkdir(parents=True)
    (house / program).touch()
    monkeypatch.setattr(sys, "platform", platform)
    monkeypatch.setattr(Path, "home", lambda: house)
    monkeypatch.setenv("PROGRAMFILES(X86)", str(house))
    monkeypatch.setattr(shutil, "which", lambda name: None)
    monkeypatch.setattr(run, "starts", lambda candidate: candidate.startswith(str(house)))
    assert run.find_browser("python") == str(house / program)


def test_a_machine_with_a_browser_installs_none(programs, machine):
    programs["chromium"] = "/usr/bin/chromium"
    assert run.browser("python") == "/usr/bin/chromium"
    assert machine.commands == []


def test_a_machine_without_a_browser_gets_playwrights(programs, machine, monkeypatch):
    monkeypatch.setattr(run, "playwrights_browser", lambda python: "its own" if machine.commands else None)
    assert run.browser("python") == "its own"
    assert machine.commands == ["python -m playwright install chromium"]


def test_root_on_debian_gets_debians_own_package_first(programs, machine, monkeypatch):
    monkeypatch.setattr(os, "geteuid", lambda: 0, raising=False)
    programs["apt-get"] = "/usr/bin/apt-get"
    machine.then = lambda command: "install -y chromium" in command and programs.update(chromium="/usr/bin/chromium")
    assert run.browser("python") == "/usr/bin/chromium"
    assert [machine.did("apt-get"), machine.did("playwright")] == [2, 0]


def test_no_browser_to_be_had_is_told_with_what_to_do(programs, machine):
    with pytest.raises(
        SystemExit, match="install Chromium, Chrome or Edge, or name the program of one in BROWSER_PATH"
    ):
        run.browser("python")


@pytest.mark.skipif(not shutil.which("bash"), reason="needs bash")
def test_ci_runs_exactly_the_second_command_from_anywhere(tmp_path):
    (tmp_path / "house" / ".ci").mkdir(parents=True)
    shutil.copy(ROOT / ".ci" / "run", tmp_path / "house" / ".ci")
    (tmp_path / "house" / "run.py").write_text("import sys; print(sys.argv)")
    command = ["bash", str(tmp_path / "house" / ".ci" / "run")]
    result = subprocess.run(command, cwd=tmp_path, stdin=subprocess.DEVNULL, capture_output=True, text=True)
    assert result.stdout.strip() == "['run.py', 'test']"


@posix_only
def test_ci_can_be_started_as_a_program():
    assert os.access(ROOT / ".ci" / "run", os.X_OK)
