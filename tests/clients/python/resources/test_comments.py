"""Comments on traces, observations and sessions, written and read through the generated API of each generation."""

import pytest

from connection import PROJECT_ID
from writer import API, NAME, SESSION, create, write_trace


def comment(**fields):
    return create("comments", "CreateCommentRequest", project_id=PROJECT_ID, **fields)


@pytest.fixture(scope="module")
def commented():
    trace_id, observation_id = write_trace()
    objects = {"TRACE": trace_id, "OBSERVATION": observation_id, "SESSION": SESSION}
    return {
        kind: (object_id, comment(object_type=kind, object_id=object_id, content=f"{NAME} on {kind}: größer 🚀").id)
        for kind, object_id in objects.items()
    }


@pytest.mark.parametrize("kind", ["TRACE", "OBSERVATION", "SESSION"])
def test_a_comment_comes_back_as_it_was_written(commented, kind):
    object_id, comment_id = commented[kind]
    read = API.comments.get_by_id(comment_id)
    assert (read.id, read.project_id, read.object_id) == (comment_id, PROJECT_ID, object_id)
    assert (getattr(read.object_type, "value", read.object_type), read.author_user_id) == (kind, None)
    assert read.content == f"{NAME} on {kind}: größer 🚀"
    assert [one.id for one in API.comments.get(object_type=kind, object_id=object_id).data] == [comment_id]


@pytest.mark.parametrize(
    ("fields", "status"),
    [
        ({"object_type": "TRACE", "object_id": "never-written", "content": "lost"}, 404),
        ({"object_type": "SESSION", "object_id": SESSION, "content": "   "}, 400),
        ({"object_type": "SESSION", "object_id": SESSION, "content": "x" * 5001}, 400),
        ({"object_type": "SESSION", "object_id": SESSION, "content": "by nobody", "author_user_id": "nobody"}, 400),
    ],
    ids=["unknown object", "blank", "too long", "unknown author"],
)
def test_a_comment_that_cannot_be_is_refused(commented, fields, status):
    with pytest.raises(Exception) as refusal:
        comment(**fields)
    assert refusal.value.status_code == status, refusal.value
