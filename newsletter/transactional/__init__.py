"""Transactional mails: each is written to one person, because of something that this person did or has to do."""
