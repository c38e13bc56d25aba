"""What of a client's answer differs from what the API's JSON says."""

import math

DIGITS = 1e-9
SMALLEST = 1e-15


def differences(read, expected, where=""):
    """Returns one line per difference. Keys that are null may be absent, and a client may show more keys than expected.

    A key that ends in `~` need only contain what is expected. Texts, and things with ids, may come in any order.
    """
    if isinstance(expected, dict) and isinstance(read, dict):
        return [line for key, value in expected.items() for line in _key(read, key, value, where)]
    if isinstance(expected, list) and isinstance(read, list):
        if len(read) != len(expected):
            return [f"{where}: {len(read)} instead of {len(expected)}: {read} instead of {expected}"]
        if all(isinstance(item, str) for item in [*read, *expected]):
            read, expected = sorted(read), sorted(expected)
        elif all(isinstance(item, dict) and isinstance(item.get("id"), str) for item in [*read, *expected]):
            read, expected = (sorted(part, key=lambda item: item["id"]) for part in (read, expected))
        pairs = enumerate(zip(read, expected, strict=True))
        return [line for at, (left, right) in pairs for line in differences(left, right, f"{where}[{at}]")]
    if _same(read, expected):
        return []
    return [f"{where}: {read!r} instead of {expected!r}"]


def _key(read, key, value, where):
    if key.endswith("~"):
        held = read.get(key[:-1], {})
        return differences({name: held.get(name) for name in value}, value, f"{where}.{key}")
    return differences(read.get(key), value, f"{where}.{key}")


def _same(read, expected):
    numbers = all(isinstance(one, (int, float)) and not isinstance(one, bool) for one in (read, expected))
    if numbers:
        return math.isclose(read, expected, rel_tol=DIGITS, abs_tol=SMALLEST)
    return read == expected and isinstance(read, bool) == isinstance(expected, bool)
