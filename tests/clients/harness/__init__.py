"""What the client suites and the crash rounds share: the server process, the clients' environments, the list of suites."""
