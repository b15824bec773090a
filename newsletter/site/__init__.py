"""The readers' pages: sign up, change preferences, unsubscribe, read the archive; usable without JavaScript or cookies.

A view turns a request into a call of subscribers.consent or subscribers.account, and the result into a page. A GET
changes nothing, because mail programs and scanners follow every link.
"""
