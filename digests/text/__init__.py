"""Pure functions on text: cleaning, URLs, LaTeX, key sentences, keywords, numbers, languages, Markdown."""
