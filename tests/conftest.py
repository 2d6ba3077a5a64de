"""What holds for every test: none is timed, since machines are noisy, and as many run at a time as there are cores."""

import os

import pytest
from hypothesis import settings

MOST = 4  # processes at a time: each holds a torch, and may train in two more

settings.register_profile("untimed", deadline=None)
settings.load_profile("untimed")
if "PYTEST_XDIST_WORKER" in os.environ:  # before torch is loaded: threads of many processes wait for one another
    os.environ.setdefault("OMP_NUM_THREADS", "1")


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers() -> int:
    """What `-n auto` means: the cores that we may use, where pytest-xdist would count those of the whole machine."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return min(MOST, cores)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """The rows of the parity table, which a test in another process cannot print."""
    ended = [report for outcome in ("passed", "failed") for report in terminalreporter.getreports(outcome)]
    rows = [
        value for report in ended if report.when == "call" for name, value in report.user_properties if name == "parity"
    ]
    if rows:
        terminalreporter.section("parity")
        terminalreporter.write_line("\n".join(rows))
