"""Submits a document, waits until its tasks have ended, and prints their results as JSON.

Ends with 0 when all are DONE, with 1 when one failed or was cancelled, with 3 when the service is not reached or stays
busy, with 4 when it refuses, with 5 when --timeout is over.
"""

import argparse
import json
import sys
import time
from uuid import uuid4

from asking import Refused, TimeIsUp, Unreachable, ask, connect
from orchestrator_client import AuthenticatedClient
from orchestrator_client.api.results import get_result
from orchestrator_client.api.tasks import get_task, submit_tasks
from orchestrator_client.models import SubmitTasksJsonBody, TaskRecordDto

ENDED = {"DONE", "FAILED", "CANCELLED"}


def wait_for(client: AuthenticatedClient, task_id: str, deadline: float) -> TaskRecordDto:
    """Asks less often the longer it takes."""
    pause = 0.1
    while True:
        task = ask(lambda: get_task.sync(task_id, client=client), deadline)
        if task.status in ENDED:
            return task
        if time.monotonic() + pause > deadline:
            raise TimeIsUp(f"{task.name} is {task.status}")
        time.sleep(pause)
        pause = min(pause * 1.5, 5)


def result_of(client: AuthenticatedClient, task: TaskRecordDto) -> object:
    """None when the task has no result."""
    try:
        return ask(lambda: get_result.sync(task.task_id, client=client)).to_dict()["result"]
    except Refused as refused:
        if refused.problem.status == 404:
            return None
        raise


def run(path: str, timeout_sec: float) -> int:
    deadline = time.monotonic() + timeout_sec
    client = connect()
    with open(path, encoding="utf-8") as document:
        body = SubmitTasksJsonBody.from_dict({"yaml": document.read()})

    # Under a key, so that it may be sent again after a lost answer and is registered once.
    key = str(uuid4())
    submission = ask(lambda: submit_tasks.sync(client=client, body=body, idempotency_key=key), deadline)

    tasks = [wait_for(client, task.task_id, deadline) for task in submission.tasks]
    for task in tasks:
        if task.status != "DONE":
            print(f"{task.name}: {task.status}: {task.error or task.reason}", file=sys.stderr)
    print(json.dumps({task.name: result_of(client, task) for task in tasks}))
    return 0 if all(task.status == "DONE" for task in tasks) else 1


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("document")
    parser.add_argument("--timeout", type=float, default=float("inf"), metavar="SEC")
    args = parser.parse_args()
    try:
        return run(args.document, args.timeout)
    except Refused as refused:
        print(json.dumps(refused.problem.to_dict()), file=sys.stderr)
        return 4
    except TimeIsUp as over:
        print(f"time is up after {args.timeout:g} s: {over}", file=sys.stderr)
        return 5
    except Unreachable as gone:
        print(f"the service is not reached: {gone}", file=sys.stderr)
        return 3


if __name__ == "__main__":
    sys.exit(main())
