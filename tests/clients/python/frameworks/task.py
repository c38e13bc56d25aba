"""What every framework is asked: a question about the weather, with a tool to answer it."""

QUESTION = "Where is it sunny? ☔"
INSTRUCTIONS = "You are a travel agent."
CHAT = [{"role": "system", "content": INSTRUCTIONS}, {"role": "user", "content": QUESTION}]
MODEL = "gpt-4o-mini"
REASONING_MODEL = "gpt-5-mini"
MISSING_MODEL = "gpt-unknown"
SENTENCE = "It is sunny in 東京: take good shoes, no umbrella ☂."
WEATHER_TOOL = {
    "type": "function",
    "function": {
        "name": "get_weather",
        "description": "Tells the weather.",
        "parameters": {
            "type": "object",
            "properties": {"city": {"type": "string"}},
            "required": ["city"],
        },
    },
}


def get_weather(city: str) -> str:
    """Tells the weather.

    Args:
        city: The city.
    """
    return f"sunny in {city}"
