"""Commands as tasks: what they say goes to the task's log, how they end decides the task."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import threading
from collections.abc import Sequence
from typing import Any

from airflow.sdk import BaseOperator
from airflow.sdk.exceptions import AirflowException, AirflowFailException

from egx_airflow import settings
from egx_airflow.alerts import alert

PARTLY = 3
"""Done, but for some things that could not be had; they are named in the log."""
WRONG = (64, 78)
"""Wrong arguments or set-up: no repetition mends them."""
DBT_WRONG = (2, 78)
SHOWN_CHARACTERS = 4000
STOP_SECONDS = 15


class CommandOperator(BaseOperator):
    """Runs a command without a shell.

    Exit code 0 is success, any other one a failure that is tried again.
    """

    template_fields: Sequence[str] = ("argv",)

    def __init__(self, *, argv: Sequence[str], **kwargs: Any) -> None:
        """Take the arguments as a list: nothing is quoted or split."""
        super().__init__(**kwargs)
        self.argv = list(argv)

    def command(self) -> list[str]:
        """What is run."""
        return list(self.argv)

    def execute(self, context: Any) -> None:
        """Run it to its end."""
        command = self.command()
        self.log.info("running %s", command)
        self._process = subprocess.Popen(
            command,
            cwd=settings.project_folder(),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            stdin=subprocess.DEVNULL,
            text=True,
            start_new_session=True,
        )
        out: list[str] = []
        reader = threading.Thread(target=self._read, args=(out,))
        reader.start()
        for line in self._process.stderr or ():
            self.log.info("%s", line.rstrip())
        reader.join()
        code = self._process.wait()
        self.judge(code, "".join(out), context)

    def judge(self, code: int, out: str, context: Any) -> None:
        """Decide by the exit code what became of it."""
        if code != 0:
            raise AirflowException(f"{self.command()[0]} ended with {code}")

    def on_kill(self) -> None:
        """Ask it to end, as Ctrl-C does, and insist later: what it holds is stored first."""
        process = getattr(self, "_process", None)
        if process is None or process.poll() is not None:
            return
        os.killpg(process.pid, signal.SIGTERM)
        try:
            process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)

    def _read(self, out: list[str]) -> None:
        for line in self._process.stdout or ():
            out.append(line)
            self.log.info("%s", line.rstrip()[:SHOWN_CHARACTERS])


class EgxOperator(CommandOperator):
    """Runs `egx ARGV --json`.

    0 is success. 3 is success too, with a warning: some of what was asked for could not be had,
    and the next run asks again. 64 and 78 fail at once. Anything else is tried again. With
    `tells_damage`, damage that `egx` reports (`"ok": false`) is told as an alert, and the run
    goes on: bars that are missing do not keep those that are there from the marts.
    """

    def __init__(self, *, tells_damage: bool = False, **kwargs: Any) -> None:
        """Take the arguments without `egx` itself."""
        super().__init__(**kwargs)
        self.tells_damage = tells_damage

    def command(self) -> list[str]:
        """The configured `egx`, with its results as JSON."""
        return [*settings.egx_command(), *self.argv, "--json"]

    def judge(self, code: int, out: str, context: Any) -> None:
        """Decide by the exit code; see the class."""
        if code == 0:
            return
        if code == PARTLY:
            self.log.warning("partly done: what could not be had is named above")
            return
        if code == 1 and self.tells_damage and _reports_damage(out):
            self.log.warning("damage was found: it is named above")
            alert(context, status="damage", text=f"egx {self.argv[0]} found damage")
            return
        text = f"egx {self.argv[0]} ended with {code}"
        raise AirflowFailException(text) if code in WRONG else AirflowException(text)


class DbtOperator(CommandOperator):
    """Runs dbt by the project's own command: `npm run dbt -- ARGV`."""

    def command(self) -> list[str]:
        """The configured dbt."""
        return [*settings.dbt_command(), *self.argv]

    def judge(self, code: int, out: str, context: Any) -> None:
        """Wrong usage or set-up fails at once; a model or a test that fails is tried again."""
        if code in DBT_WRONG:
            raise AirflowFailException(f"dbt ended with {code}")
        super().judge(code, out, context)


def _reports_damage(out: str) -> bool:
    try:
        document = json.loads(out)
    except ValueError:
        return False
    return isinstance(document, dict) and document.get("ok") is False
