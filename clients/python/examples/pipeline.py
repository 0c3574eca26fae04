"""Submits a document, waits until its tasks have ended, and prints their results as JSON.

Ends with 0 when all are DONE, with 1 when one failed or was cancelled, with 4 when the service refuses the document.
"""

import json
import os
import sys
import time
from uuid import uuid4

from orchestrator_client import AuthenticatedClient
from orchestrator_client.api.results import get_result
from orchestrator_client.api.tasks import get_task, submit_tasks
from orchestrator_client.models import EnvelopeDto, ProblemDto, SubmitTasksJsonBody, TaskRecordDto

ENDED = {"DONE", "FAILED", "CANCELLED"}


def wait_for(client: AuthenticatedClient, task_id: str) -> TaskRecordDto:
    """Asks less often the longer it takes."""
    pause = 0.1
    while True:
        task = get_task.sync(task_id, client=client)
        if isinstance(task, TaskRecordDto) and task.status in ENDED:
            return task
        time.sleep(pause)
        pause = min(pause * 1.5, 5)


def main(path: str) -> int:
    client = AuthenticatedClient(
        base_url=os.environ.get("ORCHESTRATOR_URL", "http://127.0.0.1:8000"),
        token=os.environ.get("ORCHESTRATOR_TOKEN", ""),
        raise_on_unexpected_status=True,
    )
    with open(path, encoding="utf-8") as document:
        body = SubmitTasksJsonBody.from_dict({"yaml": document.read()})

    # Under a key, so that it may be sent again after a lost answer and is registered once.
    submission = submit_tasks.sync(client=client, body=body, idempotency_key=str(uuid4()))
    if submission is None or isinstance(submission, ProblemDto):
        print(json.dumps(submission and submission.to_dict()), file=sys.stderr)
        return 4

    tasks = [wait_for(client, task.task_id) for task in submission.tasks]
    results = {}
    for task in tasks:
        envelope = get_result.sync(task.task_id, client=client)
        results[task.name] = envelope.to_dict()["result"] if isinstance(envelope, EnvelopeDto) else None
        if task.status != "DONE":
            print(f"{task.name}: {task.status}: {task.error or task.reason}", file=sys.stderr)
    print(json.dumps(results))
    return 0 if all(task.status == "DONE" for task in tasks) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
