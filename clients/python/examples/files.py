"""Moves files between a task and the disk, without that they go through memory: `upload TASK PATH`, `download TASK NAME`.

A downloaded file is in its place once all of it is there and its SHA-256 is the one that the service has.
"""

import base64
import hashlib
import os
import sys

from asking import ask, connect
from orchestrator_client.api.artifacts import download_file, list_files, put_file
from orchestrator_client.models import ProblemDto, UploadedFileDto
from orchestrator_client.types import File


def upload(task_id: str, path: str) -> UploadedFileDto:
    """The service compares the digest and keeps nothing else."""
    with open(path, "rb") as body:
        digest = base64.b64encode(hashlib.file_digest(body, "sha256").digest()).decode()

        def send() -> UploadedFileDto | ProblemDto | None:
            body.seek(0)
            return put_file.sync(
                task_id,
                os.path.basename(path),
                client=connect(),
                body=File(payload=body),
                content_digest=f"sha-256=:{digest}:",
            )

        return ask(send)


def download(task_id: str, name: str) -> str:
    """`download_file.sync` has all of it in memory; with its request the body can be read as it comes."""
    client = connect()
    listed = ask(lambda: list_files.sync(task_id, client=client))
    known = next((file for file in listed if file.name == name), None)
    if known is None:
        sys.exit(f"task {task_id} has no file {name}")
    path = os.path.basename(name)
    part = f"{path}.{os.getpid()}.part"
    digest = hashlib.sha256()
    try:
        with client.get_httpx_client().stream(**download_file._get_kwargs(task_id, name)) as answer:
            answer.raise_for_status()
            with open(part, "xb") as file:
                for chunk in answer.iter_bytes():
                    digest.update(chunk)
                    file.write(chunk)
        if digest.hexdigest() != known.sha256:
            sys.exit(f"what came has the SHA-256 {digest.hexdigest()}, not {known.sha256}; it was not kept")
        os.replace(part, path)
    finally:
        if os.path.exists(part):
            os.remove(part)
    return path


if __name__ == "__main__":
    verb, task, what = sys.argv[1:]
    print(upload(task, what).sha256 if verb == "upload" else download(task, what))
