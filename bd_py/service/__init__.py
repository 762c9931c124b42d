"""One function a use case: check, events, result. What the verbs and the library both call."""
