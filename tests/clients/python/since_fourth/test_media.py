"""Media through Langfuse's Python clients from the fourth generation on."""

from langfuse import get_client

import pictures


def test_a_picture_is_uploaded_and_read_back():
    client = get_client()
    with client.start_as_current_observation(as_type="generation", name="look", input=pictures.payload()) as generation:
        observation_id = generation.id
    client.flush()
    pictures.check(client, observation_id)
