"""Media through Langfuse's Python client of generation 4."""

import pictures
from langfuse import get_client


def test_a_picture_is_uploaded_and_read_back():
    client = get_client()
    with client.start_as_current_observation(
        as_type="generation", name="look", input=pictures.payload()
    ) as generation:
        observation_id = generation.id
    client.flush()
    pictures.check(client, observation_id)
