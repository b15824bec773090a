"""Who reads, what they agreed to, and how they came: consent, accounts, links, abuse, imports and exports."""
