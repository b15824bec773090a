"""The readers' pages: join, choose, change, leave, and the archive. Usable without JavaScript and without cookies.

Consent changes in `signup` and `owner`; here a request becomes a call of theirs, and its answer a page. A GET changes
nothing: mail programs and scanners follow every link.
"""
