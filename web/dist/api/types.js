// The answers of `/api/spanstone/v1`, as the server writes them. Times of traces are ISO 8601 text, times of
// observations whole microseconds since 1970.
export {};
