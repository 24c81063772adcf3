"""Bodies that Schemathesis has no writer for, and answers in lines that it has no reader for."""

import json

import schemathesis
from hypothesis import strategies as st

# Words that every format below may hold, those of its own syntax among them.
WORD = st.text(max_size=12)
SCALAR = st.none() | st.booleans() | st.integers() | WORD
LINE = (st.dictionaries(WORD, SCALAR, max_size=3) | st.lists(SCALAR, max_size=3)).map(json.dumps)


def lines(line, start="", end="\n"):
    return st.lists(line, max_size=4).map(lambda all: (start + end.join(all)).encode("utf-8", "replace"))


FORMATS = {
    "application/x-ndjson": lines(LINE | WORD),
    "text/csv": lines(WORD, start="id,note\n"),
    "text/tab-separated-values": lines(WORD, start="id\tnote\n"),
    "text/html": lines(WORD, start="<p>"),
    "application/hl7-v2": lines(WORD, start="MSH|^~\\&|A|B|C|D|20260101||ADT^A01|1|P|2.5\rNTE|1||", end="\rNTE|1||"),
    "message/rfc822": lines(WORD, start="From: a@example.org\r\nSubject: x\r\n\r\n", end="\r\n"),
    "application/rtf": lines(WORD, start="{\\rtf1 "),
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document": st.binary(max_size=64),
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": st.binary(max_size=64),
}
for name, strategy in FORMATS.items():
    schemathesis.openapi.media_type(name, strategy)


@schemathesis.deserializer("application/x-ndjson")
def first_line(ctx, response):
    """The schema is one line's."""
    return json.loads(response.content.split(b"\n")[0])
