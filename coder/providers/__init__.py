"""Roads to a model: any OpenAI-compatible endpoint, the embedded llama.cpp server, recorded answers."""
