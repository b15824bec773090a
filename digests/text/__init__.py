"""Pure functions on text: cleaning, addresses, LaTeX, sentences, keywords, numbers, languages, Markdown."""
