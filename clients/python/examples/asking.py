"""A client with limits, and calls that are repeated while the service is away, but not for ever."""

import os
import time
from collections.abc import Callable
from typing import TypeVar

import httpx
from orchestrator_client import AuthenticatedClient
from orchestrator_client.errors import UnexpectedStatus
from orchestrator_client.models import ProblemDto

T = TypeVar("T")

# So long nothing may be heard of the service before it counts as gone.
PATIENCE_SEC = float(os.environ.get("ORCHESTRATOR_PATIENCE_SEC", "60"))
# So long each answer may be silent.
SILENCE_SEC = min(30.0, PATIENCE_SEC)
TEMPORARY = {408, 429, 500, 502, 503, 504}


class Refused(Exception):
    """The service says no, and will say so again."""

    def __init__(self, problem: ProblemDto) -> None:
        super().__init__(problem.detail)
        self.problem = problem


class Unreachable(Exception):
    """Nothing is heard of the service, or it stays busy."""


class TimeIsUp(Exception):
    """The caller's deadline is over."""


def connect() -> AuthenticatedClient:
    """Where and as whom the environment says. Without `timeout` the generated client waits for ever."""
    token = os.environ.get("ORCHESTRATOR_TOKEN", "")
    return AuthenticatedClient(
        base_url=os.environ.get("ORCHESTRATOR_URL", "http://127.0.0.1:8000"),
        token=token,
        # `Bearer ` with nothing behind it is no header; an empty one is ignored by a service that is open to all.
        prefix="Bearer" if token else "",
        raise_on_unexpected_status=True,
        timeout=httpx.Timeout(SILENCE_SEC),
        # Downloads may lead to a bucket; the token does not go along.
        follow_redirects=True,
    )


def ask(call: Callable[[], T | ProblemDto | None], deadline: float = float("inf")) -> T:
    """What `call` answers; for calls that may be repeated. `deadline` is a time of `time.monotonic()`.

    Raises Refused, Unreachable, or TimeIsUp.
    """
    patient_until = time.monotonic() + PATIENCE_SEC
    pause = 0.2
    while True:
        try:
            answer = call()
            if isinstance(answer, ProblemDto):
                if answer.status not in TEMPORARY:
                    raise Refused(answer)
                why = f"{answer.title}: {answer.detail}"
            elif answer is not None:
                return answer
            else:
                why = "the answer is empty"
        except (httpx.TransportError, UnexpectedStatus, ValueError) as error:
            # An answer that is no JSON comes from something on the way.
            why = f"{type(error).__name__}: {error}"
        next_time = time.monotonic() + pause
        if next_time > deadline:
            raise TimeIsUp(why)
        if next_time > patient_until:
            raise Unreachable(why)
        time.sleep(pause)
        pause = min(pause * 1.5, 5)
