"""A generation that names the prompt it was made from: name and version are kept, whether or not the prompt is known here."""

from langfuse.model import Prompt_Text, TextPromptClient

from writer import API, CLIENT, NAME, NUMBER

PROMPT = "haiku about a city"
VERSION = 3


def test_name_and_version_of_the_prompt_are_read_back():
    known = Prompt_Text(
        type="text", name=PROMPT, version=VERSION, prompt="Write about {{city}}.", config={}, labels=[], tags=[]
    )
    prompt = TextPromptClient(known)
    if NUMBER == 2:
        trace = CLIENT.trace(name=NAME)
        generation = trace.generation(name="prompted", prompt=prompt, input=prompt.compile(city="Köln"))
    else:
        with CLIENT.start_as_current_observation(
            as_type="generation", name="prompted", prompt=prompt, input=prompt.compile(city="Köln")
        ) as generation:
            pass
    CLIENT.flush()
    if NUMBER == 5:
        (read,) = API.observations.get_many(trace_id=generation.trace_id, fields="core,prompt,io").data
    else:
        read = (API.legacy.observations_v1 if NUMBER == 4 else API.observations).get(generation.id)
    assert (read.prompt_name, read.prompt_version, read.input) == (PROMPT, VERSION, "Write about Köln.")
