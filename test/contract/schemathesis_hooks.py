"""What schemathesis cannot know of the service: the body of a tus request is bytes, like any other file."""

import schemathesis

schemathesis.serializer.alias("application/offset+octet-stream", "application/octet-stream")
