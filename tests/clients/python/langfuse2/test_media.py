"""Media through Langfuse's Python client of the second generation."""

from langfuse import Langfuse

import pictures


def test_a_picture_is_uploaded_and_read_back():
    client = Langfuse()
    trace = client.trace(name="python-2: a picture")
    generation = trace.generation(name="look", input=pictures.payload())
    client.flush()
    pictures.check(client, generation.id)
    client.shutdown()
