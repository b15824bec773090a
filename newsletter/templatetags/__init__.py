"""Tags of our templates: sentences, dates and names in the language of the page."""
