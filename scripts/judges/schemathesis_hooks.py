"""What Schemathesis cannot know of this API: CIDs and paths that lead somewhere, and lines of JSON.

The runner hands over in the environment what it has added to the server under test.
"""

import json
import os

import jsonschema_rs
import requests
import schemathesis
from hypothesis import strategies as st

HELD = json.loads(os.environ.get("IPFS_KIT_FUZZ_PATHS", "[]"))
CURSORS = json.loads(os.environ.get("IPFS_KIT_FUZZ_CURSORS", "[]"))

# Content of its own, nothing and something; one nobody has; one of an older kind.
KNOWN = [
    "bafkqaaa",
    "bafkqabtimvwgy3yk",
    "bafkreigh2akiscaildcqabsyg3dfr6chu3fgpregiymsck7e7aqa4s52zy",
    "QmUNLLsPACCz1vLxQVkXqqLX5R1X345qqfHbsf67hvA3Nn",
]
CIDS = [path for path in HELD if "/" not in path] + KNOWN

schemathesis.openapi.format("cid", st.sampled_from(CIDS))
schemathesis.openapi.format(
    "ipfs-path", st.sampled_from(HELD + KNOWN + [f"/ipfs/{path}" for path in HELD + KNOWN])
)
schemathesis.openapi.format("cursor", st.sampled_from(CURSORS or ["none"]))


# Answers that were, by their id.
cut = set()
iterate = requests.Response.iter_content


def iterate_until_cut(self, *args, **kwargs):
    """What is promised of a stream that cannot be completed: that it is cut, which is no accident."""
    try:
        yield from iterate(self, *args, **kwargs)
    except requests.exceptions.ChunkedEncodingError:
        if "x-chunked-output" not in self.headers and "x-stream-output" not in self.headers:
            raise
        cut.add(self.headers["x-request-id"])


requests.Response.iter_content = iterate_until_cut


def lines_schema(ctx):
    """The schema of each line, when the operation answers with lines of JSON."""
    operation = ctx.operation.schema.raw_schema["paths"][ctx.operation.path]
    response = operation[ctx.operation.method.lower()]["responses"]["200"]
    schema = response.get("content", {}).get("application/json", {}).get("schema", {})
    return schema.get("contentSchema")


@schemathesis.deserializer("application/json")
def deserialize_json(ctx, response):
    """Lines of JSON are text; each must have the form that is promised. A cut is told in the last."""
    schema = lines_schema(ctx) if response.status_code == 200 else None
    if schema is None:
        return json.loads(response.content)
    lines = [json.loads(line) for line in response.content.splitlines()]
    if response.headers["x-request-id"][0] in cut:
        failure = lines.pop()
        if failure.get("Type") != "error":
            raise ValueError(f"It was cut without a word: {failure}")
    for line in lines:
        jsonschema_rs.validate(schema, line)
    return response.content.decode()
