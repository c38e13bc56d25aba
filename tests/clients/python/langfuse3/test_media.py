"""Media through Langfuse's Python client of generation 3."""

from langfuse import get_client

import pictures


def test_a_picture_is_uploaded_and_read_back():
    client = get_client()
    with client.start_as_current_generation(name="look", input=pictures.payload()) as generation:
        observation_id = generation.id
    client.flush()
    pictures.check(client, observation_id)
